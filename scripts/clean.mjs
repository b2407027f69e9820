#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `clean.mjs: stops and removes what belongs to a Compose project

It shows first what that is: the containers, the networks, the cAdvisor of top.mjs; and asks. It goes by the labels that
Compose gives, so with -p it needs no Compose file. What keeps data is stopped last. Containers of others are left alone.
The wallet is in a volume: volumes stay, unless --volumes is said.

Usage: ./scripts/clean.mjs [-p PROJECT | -f FILE…] [--volumes] [--yes] [--dry-run] [--json]
       ./scripts/clean.mjs --all [--yes --yes] [--dry-run] [--json]

  -p, --project NAME  the project; needs no Compose file. Default: that of the Compose file here
  -f, --file FILE     the project of this Compose file, again for more
  --volumes           its volumes too, the wallet among them, and those without a name of its containers
  --all               every container of the engine, whoever made it. It asks twice; without a terminal: --yes --yes
  --yes               does not ask
  --dry-run           shows what it would remove, and ends
  --json              the result as JSON on stdout, the rest on stderr

It ends with 0 when all of it is gone, also when nothing was there; 1 when something could not be removed, or you said
no; 2 for wrong usage.

Examples:
  ./scripts/clean.mjs
  ./scripts/clean.mjs -p shop --volumes --yes
  ./scripts/clean.mjs --all --dry-run
`;

await runScript(new URL('./clean/clean.ts', import.meta.url), help);
