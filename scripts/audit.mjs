#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `audit.mjs: verifies a wallet, coin by coin

Usage: ./scripts/audit.mjs [STORE_URL] [--strict] [--json] [--since FILE]

  STORE_URL     sqlite:<file> or redis://host:port; without it the wallet of npm start, data/wallet.db
  --strict      coins that no worker of ours had recorded are an error too
  --json        prints the audit as JSON
  --since FILE  an earlier audit (--json): nothing may have become less

It ends with 0 when the audit holds, 1 when it does not or the store cannot be read, 2 for wrong usage.

Examples:
  ./scripts/audit.mjs
  ./scripts/audit.mjs redis://localhost:6379 --json > before.json
  ./scripts/audit.mjs redis://localhost:6379 --since before.json
`;

await runScript(new URL('./audit/audit.ts', import.meta.url), help);
