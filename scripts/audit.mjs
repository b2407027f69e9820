#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `audit.mjs: verifies a wallet, coin by coin

Usage: ./scripts/audit.mjs [STORE_URL] [--strict] [--json] [--since FILE]
       ./scripts/audit.mjs --compose [-p PROJECT | -f FILE…] [--strict] [--json] [--since FILE]

  STORE_URL           sqlite:<file> or redis://host:port; without it the wallet of npm start, data/wallet.db
  --compose           the wallet of a Compose project that runs: whoever has STORE_URL there knows where it is, and the
                      audit runs with the same image in the same network. A store that is not published is reached too
  -p, --project NAME  the project; needs no Compose file. Default: that of the Compose file here
  -f, --file FILE     the project of this Compose file, again for more
  --strict            coins that no worker of ours had recorded are an error too
  --json              prints the audit as JSON
  --since FILE        an earlier audit (--json): nothing may have become less

It ends with 0 when the audit holds, 1 when it does not or the store cannot be read, 2 for wrong usage.

Examples:
  ./scripts/audit.mjs
  ./scripts/audit.mjs redis://localhost:6379 --json > before.json
  ./scripts/audit.mjs redis://localhost:6379 --since before.json
  ./scripts/audit.mjs --compose --strict
`;

await runScript(new URL('./audit/audit.ts', import.meta.url), help);
