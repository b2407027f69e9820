#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `rehearse.mjs: runs the commands of a chapter of the workshop, as the class will type them

A chapter marks its commands in the fence, such as \`\`\`sh node1 expect="/healthy/" within=30s (see workshop/README.md). Each
is run in its turn, and has to do what its marks say; the first that does not ends the rehearsal. On this machine the
commands run in a fresh clone of this repository, with what is not committed yet; it is removed afterwards.

Usage: ./scripts/rehearse.mjs                        the chapters
       ./scripts/rehearse.mjs CHAPTER [--keep-folder]
       ./scripts/rehearse.mjs CHAPTER --hosts ips.txt [c3] [--size 5] [--login NAME] [--ssh-config FILE] [--folder DIR]

  CHAPTER            its name, its number, or a path of a .md file
  --keep-folder      leaves the clone, and says where it is
  --hosts FILE       on other machines over ssh: one address a line; node1 is the first of the cluster
  c3                 the cluster of that number, of the room that prep.mjs init has numbered beside FILE, or else the
                     third of the file; c1 if not said
  --size N           hosts of a cluster where there is no room (5)
  --login NAME       for hosts whose line in the file has none
  --ssh-config FILE  in place of ~/.ssh/config
  --folder DIR       where the clone is on them (~/coinroom); nothing is copied there
  --verbose          shows all that the commands print, and not of the failing one alone
  --dry-run          prints what would be run where
  --json             prints the results as JSON

It ends with 0 when all did what the text says, 1 when one did not, 2 for wrong usage, 3 when a host cannot be reached.

Examples:
  ./scripts/rehearse.mjs the-application
  ./scripts/rehearse.mjs 2 --verbose --keep-folder
  ./scripts/rehearse.mjs one-machine --hosts ips.txt c3 --login ubuntu
`;

await runScript(new URL('./rehearse/rehearse.ts', import.meta.url), help);
