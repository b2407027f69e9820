/** The manager of a classic Swarm: a container on the first node of a cluster, and what it takes to make it. And back. */
import { createHash } from 'node:crypto';
import { bracketed } from '../lib/engine.ts';
import { ownLabels } from '../lib/own-containers.ts';
import { CLASSIC_PORT, TLS_PORT } from '../lib/room/engines.ts';
import type { FileStep } from '../lib/room/steps.ts';
import type { ManagerPair } from './authority.ts';
import { installing } from './tls-steps.ts';

export const MANAGER = 'coinroom-classic-swarm';

/** On its machine. */
const FOLDER = '/etc/docker/coinroom-classic-swarm';

/** In it. */
const INSIDE = '/certificates';

/** What it was made with. */
const SETUP_LABEL = 'coinroom.setup';

export interface ManagerOptions {
  readonly image: string;
  /** Of all nodes, as they stand in their certificates. */
  readonly addresses: readonly string[];
  readonly pair: ManagerPair;
}

/** The arguments of `docker run`, with a label that tells whether one that runs is this one. */
export function managerArguments({ image, addresses, pair }: ManagerOptions): string[] {
  const files = { tlscacert: 'ca', tlscert: 'cert', tlskey: 'key' };
  const manage = [
    ...['manage', '--tlsverify'],
    ...Object.entries(files).flatMap(([flag, file]) => [`--${flag}`, `${INSIDE}/${file}.pem`]),
    ...['-H', `tcp://0.0.0.0:${CLASSIC_PORT}`],
    `nodes://${addresses.map((address) => `${bracketed(address)}:${TLS_PORT}`).join(',')}`,
  ];
  const setup = createHash('sha256').update(JSON.stringify([image, manage, pair])).digest('hex').slice(0, 16);
  return [
    ...['--detach', '--name', MANAGER, ...ownLabels('classic-swarm', undefined), '--label', `${SETUP_LABEL}=${setup}`],
    // In the network of the machine, whose /etc/hosts knows the others where the list has names.
    ...['--restart', 'unless-stopped', '--network', 'host', '--volume', `${FOLDER}:${INSIDE}:ro`],
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', image, ...manage],
  ];
}

/** Given: the files CA, CERT and KEY, and in ARGUMENTS, as words of sh, those of `docker run`. */
export const MANAGER_STEPS: readonly FileStep[] = [
  {
    ...{ name: 'certificate of the manager', as: 'root', on: 'n1', withinS: 60 },
    ...installing(FOLDER, { certificate: 'CERT', key: 'KEY' }),
  },
  {
    ...{ name: 'manager', as: 'root', on: 'n1', withinS: 300 },
    check: `
found=$(docker inspect --format '{{.State.Running}} {{index .Config.Labels "${SETUP_LABEL}"}}' ${MANAGER}) || exit 1
case "$ARGUMENTS" in *" ${SETUP_LABEL}=\${found#true } "*) ;; *) exit 1 ;; esac`,
    do: `
! docker inspect ${MANAGER} >/dev/null 2>&1 || docker rm --force ${MANAGER} >/dev/null
eval "docker run $ARGUMENTS" >/dev/null || { code=$?; docker rm --force ${MANAGER} >/dev/null 2>&1 || true; exit $code; }`,
  },
];

const OURS = `docker ps --all --filter label=${ownLabels('classic-swarm', undefined)[1]}`;

export const MANAGER_OFF_STEP: FileStep = {
  ...{ name: 'no classic Swarm', as: 'root', on: 'all', withinS: 60 },
  check: `[ -z "$(${OURS} --quiet)" ] && [ ! -e ${FOLDER} ]`,
  do: `
ids=$(${OURS} --quiet)
[ -z "$ids" ] || docker rm --force --volumes $ids >/dev/null
rm -rf ${FOLDER}`,
};

/** What is left of it, a line each. */
export const MANAGER_LEFT_SCRIPT = `${OURS} --format 'container {{.Names}}'`;
