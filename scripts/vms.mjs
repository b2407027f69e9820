#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `vms.mjs: the machines of a room, made and taken away

Usage: ./scripts/vms.mjs VERB [--hosts ips.txt] [--lab NAME] [--json]

  create -n 10               containers of the engine here that play VMs (the lab): sshd, sudo, a Docker of their own
  create --provider terraform DIR   terraform init, plan, apply there; its output ips is a list or map of addresses
  import FILE                addresses of machines that are there already; - is the standard input
  list                       the machines, those OVERDUE first, and what they have cost
  destroy NAME|ADDRESS… | --all | --overdue | --provider terraform [DIR]   shows them, asks, and proves that they are gone

All keep the list of addresses, ips.txt or --hosts FILE, and what else stands in it.

  -n, --count N       create: how many machines of the lab, more than there are already; default 5
  --without-docker N  create: so many of them, the last, have no Docker yet
  --ttl 8h, --price 0.05   create: when they are overdue, and what one costs an hour
  --login NAME        create: who logs in, with sudo; default ubuntu. The password is LAB_PASSWORD of the environment, or
                      one is made and shown once
  --network SUBNET    create: of the lab; default: the first of 10.101.0.0/20, 10.101.16.0/20, … that is free
  --image REF         create: a machine's, in place of the one that is built from scripts/vms/lab (LAB_BASE: upon what)
  --within 2m         create: for each to answer
  --lab NAME          network, and names of containers and volumes; default LAB_NAME of the environment, or coinroom-lab
  --provider NAME     lab or terraform
  --yes, --dry-run    does not ask; does nothing, and says what it would do

A machine of the lab is nearly root on the host of its engine: it runs --privileged, or, where the engine may not give
that, with all capabilities that there are and without seccomp and AppArmor. Give no stranger its password on a machine
that matters. It takes 50 MB of memory while it does nothing, and runs whatever a VM would; it is up again after a restart, at
the same address. Its address is reached from the engine's own host, if that is Linux. The image is kept.

It ends with 0 when all is done; 1 when something failed, or a machine is overdue (list); 2 for wrong usage; 3 when
machines run that cannot be reached from here.

Examples:
  ./scripts/vms.mjs create -n 10 --ttl 8h
  LAB_PASSWORD=… ./scripts/vms.mjs create -n 1 --without-docker 1
  echo 10.0.0.1, 10.0.0.2 | ./scripts/vms.mjs import -
  ./scripts/vms.mjs destroy vm3 10.101.0.6 && ./scripts/vms.mjs destroy --all --yes
`;

await runScript(new URL('./vms/vms.ts', import.meta.url), help);
