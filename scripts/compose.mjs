#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `compose.mjs: a Compose project from build to update, with docker compose or docker-compose

Usage: ./scripts/compose.mjs VERB [ARG…] [-f FILE]… [-p PROJECT] [--version V] [--registry R]

  build [SERVICE…]          builds each image once, and writes into it which commit it is from
  up                        builds what is missing, starts all, waits until it is healthy, shows where it is
  url SERVICE               where its containers are reached from here, one a line
  scale SERVICE=COUNT…      so many containers of what runs already, such as worker=10 rng=2
  tag                       names what was built REGISTRY/name:VERSION
  push                      pushes that, all at once, and writes compose.VERSION.yml: images by digest, nothing to build
  pull [--hosts ips.txt]    gets the images of -f compose.VERSION.yml, here or on every host, over ssh
  update [SERVICE…]         one container after the other by a new one that is healthy; goes back if one is not
  down [--volumes]          removes the containers and networks; with --volumes the wallet too (asks, or --yes)

  -f FILE         a Compose file, again for more; default: compose.yml here, with its override
  -p PROJECT      the name of the project, as --project
  --version V     of the images, as VERSION does; tag and push otherwise ask git. What was built from a tree with
                  changes that are not committed is called V-dirty
  --registry R    HOST[:PORT][/PATH], as REGISTRY does
  --image REF     update: this image instead of the one in the file
  --within 2m     for containers to get healthy
  --login NAME, --ssh-config FILE, --at-once 10    pull --hosts: how the hosts are reached
  --dry-run       says what would be done, and does nothing
  --json          the result as JSON on stdout

It ends with 0 when all is done, 1 when something failed, 2 for wrong usage, 3 when hosts could not be reached.

Examples:
  ./scripts/compose.mjs up && ./scripts/compose.mjs scale worker=10
  export VERSION=2 REGISTRY=127.0.0.1:5000
  ./scripts/compose.mjs build && ./scripts/compose.mjs tag && ./scripts/compose.mjs push
  ./scripts/compose.mjs update worker -f compose.2.yml
`;

await runScript(new URL('./compose/compose.ts', import.meta.url), help);
