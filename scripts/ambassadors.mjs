#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `ambassadors.mjs: HAProxy between the services of a Compose project, following its containers

An ambassador stands in the network of a container that calls others, one for each service that it calls. It answers to
the name of that service, and gives each request to one of its instances. A link is an entry of links:, or else of
depends_on: that the environment names in a URL, such as RNG_URL=http://rng.

Usage: ./scripts/ambassadors.mjs VERB [-f FILE]… [-p PROJECT] [--engine ENGINE]…

  plan              who calls whom, and what would be made
  apply             writes compose.ambassadors.yml (names of the ambassadors), makes the callers anew with it, makes
                    their ambassadors, waits until each has found an instance well
  watch             goes on doing so: whoever comes is in the balance within a second, whoever is told to end is out
                    of it before it does. Ctrl-C ends it, and leaves all as it is
  status            consumer, link, instances, sessions, state
  page              the same as a local page, with HAProxy's own of each (--port 8404)
  balance SERVICE   the simple way: one balancer for all in front of it, which they call SERVICE-balancer
  remove            takes all of it away, after making the callers anew without those names

  -f FILE           a Compose file, again for more; default: COMPOSE_FILE, or compose.yml here, with its override
  -p PROJECT        the name of the project, as --project
  --engine ENGINE   again for each: tcp://10.0.0.1:2376, ssh://ubuntu@node1, 10.0.0.1=unix:///run/docker.sock. Those on
                    other engines are reached where they publish their ports. Default: DOCKER_HOST, or the one here
  --on SELECTOR     the engines of these machines of --hosts ips.txt, such as c1 or c1:n2, by the certificates of
                    swarm.mjs certs
  --image REF       of HAProxy, 2.6 or newer, as HAPROXY_IMAGE does; default: haproxy:3.2.21
  --within 1m       apply, balance: for instances to be found well
  --mode http|tcp, --balance roundrobin|leastconn, --publish PORT    balance: instead of what labels say
  --dry-run         apply, remove: says what would be done, and does nothing
  --json            the result as JSON on stdout; of watch a line for each change

Labels of a service say how it is reached: ambassador.check=/readyz (answers 200 while it should get requests; otherwise
a connection will do), ambassador.balance=leastconn, ambassador.ports='80/http 6379/tcp'. ambassador=off takes it out.

It ends with 0 when all is well, 1 when something failed or status found something wrong, 2 for wrong usage.

Examples:
  ./scripts/ambassadors.mjs apply && ./scripts/ambassadors.mjs watch
  COMPOSE_FILE=compose.yml:compose.ambassadors.yml ./scripts/compose.mjs scale worker=10 rng=3
  ./scripts/ambassadors.mjs balance rng --mode tcp --publish 8050
`;

await runScript(new URL('./ambassadors/ambassadors.ts', import.meta.url), help);
