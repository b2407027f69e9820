#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `marathon.mjs: a Compose file for Marathon, what is wrong with a file for it, and its deployment

Usage: ./scripts/marathon.mjs VERB

  generate -f FILE     writes the group as JSON to stdout, and to stderr what is NOT CARRIED OVER of the file, and how apps find
                       each other. Images have to be pushed first (compose.mjs push writes such a file)
  check FILE           every rule that Marathon has for apps, groups and lists of apps, ours or not: which is broken, where (as
                       $.apps[0].env.PORT), and what to write instead; - is stdin. --except RULE, again, for what is meant so
  deploy URL -f FILE   sends a group or an app, follows the deployment, and says which app is stuck and why; --dry-run shows
                       what would change, --within 5m, --force takes the place of a deployment that is under way
  status URL           apps, tasks, health, deployments, and what waits for an offer; --group /coinroom

generate:
  -f FILE                     a Compose file, again for more; default: the one of this folder, with its override
  -p NAME                     of the application; --profile NAME: also the services of it; --group /coinroom: its place
  --discovery marathon-lb     who is where: by a balancer that knows service ports (--marathon-lb HOST, --lb-group NAME,
                              --first-service-port 10000, --vhost webui=coins.example.org); or mesos-dns, with tasks that have addresses
                              of their own (--network NAME, --domain NAME); or vip, of DC/OS
  --instances worker=10       --constraint 'rng=hostname:UNIQUE', --volume-size wallet=1024 (MiB): again for each
  --report FILE               what is not carried over, as JSON;  --strict: it is an error

deploy, status:
  URL is http(s)://HOST:PORT, several parted by commas are asked in turn. Who may is said by MARATHON_USER and
  MARATHON_PASSWORD (--password-file), or MARATHON_TOKEN (--token-file; one that begins with token= goes to DC/OS), whom to
  trust by MARATHON_CA (--ca FILE)

--json gives the result as data. It ends with 0 when all is well, 1 when something is not, 2 for wrong usage and for what cannot
be carried over, 3 when no master can be reached.

Examples:
  ./scripts/marathon.mjs generate -f compose.1.yml --instances worker=10 > coinroom.json
  ./scripts/marathon.mjs check coinroom.json
  ./scripts/marathon.mjs deploy http://10.0.0.7:8080 -f coinroom.json
`;

await runScript(new URL('./marathon/marathon.ts', import.meta.url), help);
