#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `prep.mjs: makes a room of machines ready, and says which are not

The machines stand in ips.txt, one address a line. init groups them into clusters, a student each, and numbers these once
and for all. What is done is written down in .workshop/, for each machine and step.

Usage: ./scripts/prep.mjs STEP [SELECTOR…]

  init                room.yml for you to fill in, and numbers for the machines; --cluster-size N, --smaller
  check               looks whether they will do: reached, key, login, sudo, clock, disk; --accept-new records their keys
  instructor [c5]     sets a cluster apart, the last if none is said: out of ips.txt, into instructor.txt
  spares N            sets N clusters apart, to take the place of bad ones
  swap c3             gives the seat of a bad cluster the machines of a spare
  copykey             lets your agent's keys in, of the user and of root, then gives each cluster a password of its own;
                      --passwords generate|off|keep
  post                packages, names, ssh in each cluster, Docker and so on, by scripts/prep/steps.yml, or a steps.yml of
                      yours here, or --steps FILE; what is so already is left alone. Then repository
  repository          a clone of this repository in ~/coinroom of each node1
  warm                images, Node, npm's cache and the build's on every machine, out of a registry in the room that one
                      machine fills; by scripts/prep/images.txt and warm.yml, or yours here; then the proof
  www                 the chapters as web pages and the repository to clone, on the first machine; --image, --from URL
  dns                 the name of it, in a zone kept by Route 53 or a server that takes updates; --name, --provider, --zone,
                      --server, --key-file, --address, --ttl, --resolver, --within, --yes
  cards               a card a cluster, to be printed, and your own sheet, in cards/; --open, --language, --paper, --qr ssh|web,
                      --no-passwords; --verify logs in to every machine with what stands on its card
  run -- COMMAND      runs a command on all; equal outputs are shown once;  ssh c3:n1: a terminal on one
  all                 init, check, copykey, post, warm, www, dns, cards and --verify; what is done already is left alone
  resume              the last step that was begun, on the machines where it is not done
  close               the end: keys, passwords and the name off, machines that vms.mjs made destroyed (--keep-machines: not),
                      and what is left; --yes asks nobody
  status              the day's checklist: what is done, what is not, what comes next; also without a step

A selector is c3, c3:n1, n1 (of every cluster), first, last, instructor, spare, failed, or an address; none is all.

  --hosts FILE             the list (ips.txt)
  --login NAME, --port N   for all machines; --ssh-config FILE in place of ~/.ssh/config
  --password-fd N          where the password is read that the image has; else SSHPASS; else it is asked for
  --failed                 only where the step has failed before; --rest where it is not done, begun or not
  --at-once N              machines at a time (64); --connects-per-second N new connections (40)
  --connect-within TIME    for the login (10s); --within TIME for what is run
  --tries N                of machines that are away (3); --max-fail N begins no more after so many; --canary N go first
  --dry-run                shows what would be done where;  --json: the result as data

It ends with 0 when all is done, 1 when something failed, 2 for wrong usage, 3 when machines could not be reached.

Examples:
  ./scripts/prep.mjs init --cluster-size 5
  ./scripts/prep.mjs check --accept-new
  SSHPASS=training ./scripts/prep.mjs copykey
  ./scripts/prep.mjs run n1 -- docker version
`;

await runScript(new URL('./prep/prep.ts', import.meta.url), help);
