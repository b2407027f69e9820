#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `build.mjs: bundles the page and the program (for development, and for images)

Usage: ./scripts/build.mjs page [--watch]
       ./scripts/build.mjs program [--out DIR]

  page      what browsers get: src/webui/page -> src/webui/page/dist (committed)
  program   what an image gets: all roles -> DIR/main.mjs, thread.mjs, health.mjs, page/; it runs with nothing installed
  --watch   again at every change, until Ctrl-C
  --out DIR where to, dist if not said
`;

await runScript(new URL('./build/build.ts', import.meta.url), help, { development: true });
