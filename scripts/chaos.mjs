#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `chaos.mjs: breaks things on purpose, heals them even when it is shot, and proves that nothing was lost

Usage: ./scripts/chaos.mjs VERB [-p PROJECT | -f FILE… | --hosts ips.txt] [TARGET…]

  plan              who would suffer what, and when; the same seed and the same targets give the same plan
  run               the same; with --armed it is done, between two looks at the ledger, with a journal and a report
  status            what is on, and where;  heal: takes it back
  game              brings one fault about that only a sealed file names (--lasting 5m);  reveal: opens it, and ends the fault
  report JOURNAL    what a run has shown, as Markdown; --html FILE and --markdown FILE write it, --json tells the figures

The targets are containers: a service (rng), one of its containers (rng:2), label=NAME=VALUE, name=PATTERN; none is all. They need
the label chaos=on (--unlabelled: not); chaos=off keeps one out. With --hosts they are machines of a room: c1, c1:n2, n3;
never the instructor's, and none that you need to reach them.

  -p PROJECT, -f FILE, --engine ENGINE, --on SELECTOR    which project or stack, on which engines: as for top.mjs
  --hosts ips.txt, --login NAME, --port N, --ssh-config FILE    which machines, and how they are reached
                                 with -p NAME, the page and the ledger are those of this stack on their cluster
  --seed 7, --for 10m, --most 5  what is drawn; for how long; so many faults at most
  --every 20s±50%                from one fault to the next; --mtbf 2m: as real failures come;  --lasting 10s±50%
  --faults kill,pause,…          containers: kill pause stop restart isolate partition loss delay rate cpu memory disk slow errors
                                 machines: isolate partition loss delay rate docker drain reboot cpu memory disk
  --loss 30%, --delay 300ms, --rate 256kbit, --errors 50%, --memory 80%, --disk-path /data, --disk-most 20g    how bad
  --max 1, or 20%                victims at a time;  --keep 1: so many of each service or cluster are left well
  --hypothesis 'speed>=3'        again for more: coins grow, webui answers, errors<=5%, workers>=2, command:./check.sh
  --grace 30s                    for so long in one piece it need not hold: after that it has deviated, and all ends
  --webui URL                    where the numbers come from; default: where the project publishes its page
  --between 09:00-17:00          no fault begins at other times
  --replay JOURNAL               the plan of an earlier run, again;  --journal FILE: in place of .workshop/chaos/RUN.ndjson
  --no-ledger                    does not ask the store;  --json
  --image REF                    of the helpers, as CHAOS_IMAGE does; default: an image of ours that is there

Each fault is guarded on its victim's side before it is on: who kills this tool, or closes the laptop, has it healed within
seconds. It ends with 0 when the hypothesis has held, 1 when it has not or something was lost, 2 for wrong usage, 3 when a
fault could not be taken back, 4 when there is nobody to break.

Examples:
  ./scripts/chaos.mjs plan --seed 7 --keep 0
  ./scripts/chaos.mjs run --seed 7 --for 3m --faults kill,pause --hypothesis 'speed>=3' --armed
  ./scripts/chaos.mjs run --hosts ips.txt c1 --faults isolate,reboot --hypothesis 'command:curl -fsS http://node1:8000/healthz'
  ./scripts/chaos.mjs run --hosts ips.txt c1 -p coinroom --faults reboot --hypothesis 'coins grow' --armed
`;

await runScript(new URL('./chaos/chaos.ts', import.meta.url), help);
