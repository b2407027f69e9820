#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `swarm.mjs: makes a Swarm of each cluster of a room, step by step, and machines of it again

The machines are those of ips.txt, by cluster, as prep.mjs has numbered them; node1 of each is the first manager. Whoever
types this logs in as the user of the machines, for whom sudo asks nothing.

Usage: ./scripts/swarm.mjs STEP [SELECTOR…]

  certs               an authority for each cluster, a certificate for each node, one for the client, in .workshop/swarm/; the
                      engines listen on 2376 for whoever has one, beside their socket. Then the proof: let in with it,
                      refused without, refused in clear. --days N (30), --rotate: new ones, one engine after the other
  init                the first manager; --managers 3 or 5 has others beside it
  token               what lets a machine in; --manager, --rotate: the one of before lets nobody in any more
  join                all others, as workers
  context             points the Docker client of this machine there; --remove: and back
  check               engines, nodes, clocks, and each way between two nodes at 2377, 7946 and 4789
  hello               a word from every node, and who has said it; --image IMAGE
  deploy -f FILE      a Compose file as a stack, when its images have been pushed (compose.mjs push writes such a file); waits until
                      every service runs, or says which task does not, and why. --stack NAME (coinroom), --endpoint vip|dnsrr
                      where the trial is wrong that finds out whether the kernel balances: where it does not, HAProxy stands on
                      every node in front of what is published (--haproxy-image, as HAPROXY_IMAGE does)
  scale worker=10     and the same for update worker --image IMAGE, which goes back by itself when that does not get well, and
                      for rollback worker
  drain c1:n2         its tasks go to other nodes, and no new ones come;  activate c1:n2: it takes some again
  cadvisor            its page on every node, with the curves of all containers there: a global service, at --cadvisor-port 8080.
                      --image IMAGE, as CADVISOR_IMAGE does; --remove takes it away
  init --classic      instead: the stand-alone Swarm of before 2016, a container on node1 that hands on what it is asked to all
                      engines (port 3376). --swarm-image swarm:1.2.9, or where you have it. context --classic and
                      hello --classic go by it, and so does whatever takes its DOCKER_HOST. It speaks Docker's API 1.40 at
                      most, which newer engines and clients may refuse
  leave               no Swarm, nothing that ran on it, no certificate, no option of ours; --keep-certs, --yes asks nobody
  status              who is there, what runs where, what it uses and mines (--stack NAME); also without a step

A selector is c3, c3:n1, n1 (of every cluster), first, last, instructor, spare, failed, or an address; none is all.

  --hosts FILE             the list (ips.txt)
  --login NAME, --port N   for all machines; --ssh-config FILE in place of ~/.ssh/config
  --failed, --rest         only where the step has failed before, or is not done
  --at-once N              machines at a time (64); --connects-per-second N new connections (40)
  --connect-within TIME    for the login (10s); --within TIME for what is run; --tries N of machines that are away (3)
  --dry-run                shows what would be done where;  --json: the result as data

What docker-machine did for you until 2019 (make a machine, install Docker, make certificates, point the client there) is
vms.mjs, prep.mjs post, certs and context.

It ends with 0 when all is done, 1 when something failed, 2 for wrong usage, 3 when machines could not be reached.

Examples:
  ./scripts/swarm.mjs certs c1
  ./scripts/swarm.mjs init --managers 3
  ./scripts/swarm.mjs join && ./scripts/swarm.mjs check
`;

await runScript(new URL('./swarm/swarm.ts', import.meta.url), help);
