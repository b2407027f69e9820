#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `soak.mjs: the application under faults for minutes: whether anything is lost, and whether anything leaks

A project of its own (rng=2, hasher=2, worker=3, redis, webui) under chaos.mjs, with redis among the victims; half of the
time with faults of which containers die, half with those that they have to live with; between the two the store comes
back with less than it had acknowledged. In the end the wallet is audited, and what each container holds (processes,
files, connections, memory) is compared with what it held after its start.

Usage: npm run soak [-- --for 10m] [--seed 7]

Needs a Docker engine on this machine, Linux, and root. It ends with 0 when nothing was lost and nothing leaks.
`;

await runScript(new URL('./soak-command.ts', import.meta.url), help);
