#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `build.mjs: bundles what browsers get (for development; the result is committed)

Usage: ./scripts/build.mjs page [--watch]

  page     src/webui/page -> src/webui/page/dist
  --watch  again at every change, until Ctrl-C
`;

await runScript(new URL('./build/build.ts', import.meta.url), help, { development: true });
