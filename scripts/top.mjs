#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `top.mjs: who uses the CPU: one live table of the containers of a Compose project, or of a stack of a Swarm

Each container with its CPU (100 % is one core), its memory, its processes and the busiest of them; the sums of each
service; how much of the host's cores is used; and which service is saturated: it uses 90 % or more of what it may use
(its limit, else the host's cores), or a container has one core full, and one thread in it can use no second one.
Ctrl-C ends it. The figures are those of docker stats and docker top.

Usage: ./scripts/top.mjs [-p PROJECT | -f FILE… | --all] [--engine ENGINE]… [--on SELECTOR]… [--every 2s] [--once]
                         [--json] [--cadvisor]

  -p, --project NAME     the project, or the stack; needs no Compose file. Default: the project of the Compose file here
  -f, --file FILE        the project of this Compose file, again for more
  --all                  every running container
  --engine ENGINE        again for each: tcp://10.0.0.1:2376, ssh://ubuntu@node1, 10.0.0.1=unix:///run/docker.sock. One
                         table of all: each container is judged by its own host. Default: DOCKER_HOST, or the one here
  --on SELECTOR          the engines of these machines of --hosts ips.txt, such as c1 or c1:n2, by the certificates of
                         swarm.mjs certs
  --every 2s             a new table so often; docker takes about 2 s for one, so less makes no difference
  --once                 one table, then it ends
  --json                 one JSON line a sample
  --cadvisor             starts cAdvisor for the engine here too, and shows where its page is; clean.mjs removes it.
                         On every node of a Swarm: swarm.mjs cadvisor
  --cadvisor-image REF   its image, as CADVISOR_IMAGE does
  --cadvisor-port 8080   its port on 127.0.0.1

It ends with 0 when it is stopped or --once has shown its table, 1 when no container runs or no engine answers, 2 for
wrong usage.

Examples:
  ./scripts/top.mjs
  ./scripts/top.mjs --once --json | jq .saturated
  ./scripts/top.mjs -p shop --every 10s
  ./scripts/top.mjs -p coinroom --on c1
  ./scripts/top.mjs --all --cadvisor --cadvisor-port 8081
`;

await runScript(new URL('./top/top.ts', import.meta.url), help);
