#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `four-byte.mjs: how many coins a worker with the four-byte bug can ever find

Such a worker uses 4 bytes of each seed, so that there are 2^32 candidates in all. This tries every one of them and counts
the coins of each difficulty, from 1 to 8 zeros: no wallet of that worker ever holds more. It takes two or three minutes on
two cores.

Usage: ./scripts/four-byte.mjs [--from N] [--to N] [--threads N] [--kernel NAME] [--json]

  --from N       the first candidate (0)
  --to N         the one after the last (4294967296)
  --threads N    threads that hash; default: one a core
  --kernel NAME  how sha256 is computed: auto (the fastest that runs here), wasm-simd, wasm, node:crypto
  --json         one JSON line a difficulty: {"difficulty": 1, "coins": 268435456}

It ends with 0 when all were tried, 1 when it was stopped (Ctrl-C), 2 for wrong usage.

Examples:
  ./scripts/four-byte.mjs
  ./scripts/four-byte.mjs --to 16777216 --json
`;

await runScript(new URL('./four-byte/four-byte.ts', import.meta.url), help);
