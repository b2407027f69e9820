#!/usr/bin/env node
import { runScript } from '../launch.mjs';

const help = `kubernetes.mjs: a Compose file for a cluster of Kubernetes, and what is wrong with a file for one

Usage: ./scripts/kubernetes.mjs VERB

  generate -f FILE  writes the objects to stdout, as YAML, and to stderr what is NOT CARRIED OVER of the file. Services keep
                    their names, so http://rng is found; what keeps a volume is a StatefulSet, what is on every node a
                    DaemonSet, all else a Deployment. Images have to be pushed first (compose.mjs push writes such a file)
  check FILE        names, selectors, ports, probes, claims, rights and limits of any file in YAML or JSON, ours or not; - is
                    stdin. --strict: advice counts, too

  -f FILE                   a Compose file, again for more; default: the one of this folder, with its override
  -p NAME                   the name of the application;  --profile NAME: also the services of it
  --namespace NAME          of all objects: one that is there (kubectl create namespace NAME), so that deleting these objects
                            deletes no namespace, and no claim in it
  --instances worker=10     again for each service
  --expose NodePort         what the file publishes is reached at the nodes, or by a LoadBalancer. Without it there is
                            kubectl port-forward
  --volume-size 10Gi        of each claim (1Gi): a Compose file has no sizes
  --report FILE             what is not carried over, as JSON;  --strict: it is an error
  --json                    the objects as a List in JSON, or the findings as data

Roles of ours listen on their own ports in a pod (rng: 8001) and not on 80, where a process that is not root may not
listen everywhere; their Services have the port of the file, and hand on.

It ends with 0 when all is well, 1 when check has found an error, 2 for wrong usage and for what cannot be carried over.

Examples:
  ./scripts/kubernetes.mjs generate -f compose.1.yml --instances worker=10 > coinroom.yml
  ./scripts/kubernetes.mjs check coinroom.yml && kubectl apply -f coinroom.yml
  kubectl get deployments,services -o json | ./scripts/kubernetes.mjs check -
`;

await runScript(new URL('./kubernetes/kubernetes.ts', import.meta.url), help);
