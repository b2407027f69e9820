#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `simulate.mjs: puts the recording of coins through thousands of disasters, in a world with its own time

The worker's recording loop and the store's rules run unchanged; the network (late, lost, doubled messages, cuts), the
store (crashes, power cuts, old backups, stalls) and the workers (killed, started again) are drawn from a seed. At the end
of each story everything acknowledged must count exactly once, or be counted as lost.

Usage: ./scripts/simulate.mjs [--schedules N] [--seed S] [--bug NAME] [--trace] [--json]

  --schedules N  how many stories (10000), from the seed S (1) on
  --bug NAME     plants a bug to be found: acceptsGaps, closesNothing, keepsNothing, idIsHostName
  --trace        tells the stories event by event: with --schedules 1 to see a failure again
  --json         prints the summary as JSON

It ends with 0 when no rule was broken, 1 when one was, 2 for wrong usage.

Examples:
  ./scripts/simulate.mjs --schedules 100000 --seed 7
  ./scripts/simulate.mjs --bug keepsNothing --schedules 100
`;

await runScript(new URL('./simulate/simulate.ts', import.meta.url), help);
