#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `run.mjs: measures, side by side with a peer in the same run, and prints figures and ratios

Usage: npm run bench:NAME -- [--quick] [--json] [--peer PATH]

  kernel      candidates a second in one thread and in all, beside node:crypto, two libraries, openssl, and C with SHA
              instructions; on Node 24, Node 26 and Deno
  mining      a worker at full pace with its services, beside its bare threads and beside bare recording; its memory
  http        processor time that rng and hasher take for a request, beside a bare server of the same runtime
  page        what a hundred open pages cost the webui and the store
  store       coins recorded a second, beside redis-benchmark; SQLite while it grows; memory; the audit
  deploy      the image's size and time, the way to the first coin, the gap of an update under load; needs Docker
  ambassadors requests through an ambassador beside a HAProxy by hand and none; how soon it follows; needs Docker, root
  swarm       from bare engines to coins, scaling, the gaps of an update and of a machine that dies, beside docker by hand; needs
              Docker, ssh
  chaos       what faults of each service cost the mining, and how soon they are overcome; needs Docker, root, iptables
  end-to-end  hashes a second through all services, each a process of its own, without delays

  --quick       under a minute (swarm: a few), with more noise
  --json        one JSON line a figure: {"name": …, "unit": …, "value": …, "ratio": {"<other name>": …}}
  --peer PATH   (end-to-end) a folder with DockerCoins: rng/rng.py, hasher/hasher.rb, worker/worker.py; needs python3
                with flask, requests and redis, and ruby with sinatra; it is run from a copy whose sleeps are taken out;
                (chaos) a folder with a Compose file of services rng, hasher, worker, webui and redis, whose webui
                answers /json as DockerCoins' does; its images have to be there, or to be built

Needs Linux and redis-server. The recorded results, and how to read them, are in bench/README.md.
`;

await runScript(new URL('./run.ts', import.meta.url), help);
