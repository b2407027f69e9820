/** What of a Compose file Kubernetes has, what is told where it is found, and why the rest is not carried over. */
import { type Carried, type Loss, lossesOf, lostBeside } from '../lib/compose-model/losses.ts';
import type { Application, Given, Service } from '../lib/compose-model/model.ts';
import { urlsIn } from '../lib/haproxy/ports.ts';
import { type Part, placeOf } from './objects.ts';

const CARRIED: Carried = {
  keys: new Set([
    ...['image', 'build', 'entrypoint', 'command', 'environment', 'env_file', 'labels', 'ports', 'expose', 'volumes'],
    ...['tmpfs', 'stop_grace_period', 'user', 'working_dir', 'read_only', 'privileged', 'cap_add', 'cap_drop'],
    ...['security_opt', 'extra_hosts', 'profiles', 'extends', 'scale', 'cpus', 'mem_limit', 'mem_reservation'],
    ...['pids_limit', 'restart', 'stop_signal', 'network_mode', 'net', 'links', 'init'],
    ...['test', 'interval', 'timeout', 'retries', 'start_period', 'disable'].map((key) => `healthcheck.${key}`),
    ...['mode', 'replicas', 'restart_policy.condition'].map((key) => `deploy.${key}`),
    ...['limits.cpus', 'limits.memory', 'limits.pids', 'reservations.cpus', 'reservations.memory'].map((key) =>
      `deploy.resources.${key}`
    ),
  ]),
  reasons: {
    depends_on: 'pods begin in any order: what is missing is tried again, and a pod that ends is started again',
    container_name: 'each pod has a name of its own',
    hostname: 'each pod has a name of its own',
    networks: 'every pod reaches every other one; a NetworkPolicy, which is yours to write, says otherwise',
    secrets: 'make it by kubectl create secret, and mount it',
    configs: 'make it by kubectl create configmap, and mount it',
    logging: 'what a pod says is kept by its node: kubectl logs',
    'depends_on[].restart': 'a pod does not begin again because another one has',
    'deploy.resources.reservations.devices': 'a pod gets devices by a plugin of its node',
    volumes: 'a claim has what the StorageClass of the cluster gives',
    pull_policy: 'an image with a digest is pulled once',
    platform: 'nodes are chosen by labels, not from here',
    sysctls: 'most are for nodes to allow',
    ulimits: 'that is for nodes to say',
    devices: 'a pod gets devices by a plugin of its node',
    dns: 'names are found by the DNS of the cluster',
    pid: 'no pod shares the processes of its node',
    ipc: 'no pod shares the memory of its node',
    shm_size: 'mount a tmpfs at /dev/shm, which is carried over',
    'healthcheck.start_interval': 'a start is asked often as it is',
    'deploy.placement': 'its constraints are of nodes of a Swarm: label nodes, and give pods a nodeSelector',
    'deploy.update_config': 'a new pod is there before an old one goes, one at a time',
    'deploy.rollback_config': 'kubectl rollout undo goes back',
    'deploy.restart_policy': 'what ends is started again, after a time that doubles up to 5 minutes',
    'deploy.endpoint_mode': 'a Service has one address, and its node balances connections',
    'deploy.labels': 'those of the service are carried over',
  },
  otherwise: 'a pod has no such thing',
};

/** What the file says key by key, and what it means in another way here. */
export function tellUncarried(part: Part): void {
  const { service, lose } = part;
  const given = groupedKeys(service.given);
  for (const { what, why, at } of lossesOf({ ...service, given }, CARRIED)) lose(what, why, at);
  if (service.restart === 'no' || service.restart === 'on-failure') {
    const said = service.given.find(({ key }) => key === 'restart' || key.startsWith('deploy.restart_policy'));
    if (said) lose(said.key, `${service.restart}: a pod is started again whenever it ends`, said.at);
  }
  const signal = service.stopSignal?.replace(/^SIG/i, '').toUpperCase();
  if (signal !== undefined && signal !== 'TERM' && signal !== '15') {
    lose(
      'stop_signal',
      `${service.stopSignal}: what the image says, else SIGTERM, is sent`,
      placeOf(service, 'stop_signal'),
    );
  }
  if (service.hasInit) lose('init', 'nothing in a pod reaps orphans: put one into the image', placeOf(service, 'init'));
  if (service.networkMode !== undefined && !['bridge', 'default'].includes(service.networkMode)) {
    lose('network_mode', `${service.networkMode}: each pod has a network of its own`, placeOf(service, 'network_mode'));
  }
  for (const { service: target, alias } of service.links) {
    if (alias !== target) lose('links', `${target} is not called ${alias} here`, placeOf(service, 'links'));
  }
}

/** What is below `deploy.placement` is told once, as that; `deploy` itself says nothing. */
function groupedKeys(given: readonly Given[]): Given[] {
  const keys = new Map<string, Given>();
  for (const { key, at } of given.filter((one) => one.key !== 'healthcheck' && one.key !== 'deploy')) {
    const isBelow = key.startsWith('deploy.') && !CARRIED.keys.has(key) && !key.startsWith('deploy.resources.');
    const group = isBelow ? key.split('.', 2).join('.') : key;
    if (!keys.has(group)) keys.set(group, { key: group, at });
  }
  return [...keys.values()];
}

/** What has another name than in the file, and who names it by that. */
export function tellRenamed(parts: readonly Part[]): void {
  for (const { service, name, lose } of parts) {
    if (name === service.name) continue;
    lose('name', `it is called ${name} here: names are those of DNS`);
    for (const other of parts) {
      for (const variable of variablesNaming(other.service, service.name)) {
        const place = placeOf(other.service, 'environment', 'env_file');
        other.lose('environment', `${variable} names ${service.name}, which is called ${name} here`, place);
      }
    }
  }
}

/** The variables in whose value there is another service: a URL, or only its name. */
export function variablesNaming({ environment }: Service, name: string): string[] {
  const wanted = name.toLowerCase();
  return [...environment].filter(([variable, value]) => {
    const hosts = urlsIn({ [variable]: value }).map(({ host }) => host);
    return [...hosts, value.replace(/:\d+$/, '')].some((host) => host.toLowerCase() === wanted);
  }).map(([variable]) => variable);
}

/** Of no single service. */
export function othersLost(application: Application): Loss[] {
  return lostBeside(application, { reasons: CARRIED.reasons, otherwise: 'a cluster has no such thing' });
}
