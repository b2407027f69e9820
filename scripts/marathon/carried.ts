/** Which keys of a Compose file an app of Marathon has, and why others are lost. */
import { type Carried, type Loss, lossesOf, lostBeside } from '../lib/compose-model/losses.ts';
import type { Application, Service } from '../lib/compose-model/model.ts';

/** Found in the app, or told of by whoever has computed it. */
const KEYS = [
  ...[
    'image',
    'command',
    'entrypoint',
    'environment',
    'env_file',
    'labels',
    'label_file',
    'ports',
    'expose',
    'volumes',
  ],
  ...[
    'tmpfs',
    'depends_on',
    'links',
    'user',
    'working_dir',
    'hostname',
    'read_only',
    'privileged',
    'init',
    'cap_add',
    'net',
  ],
  ...['cap_drop', 'security_opt', 'extra_hosts', 'pids_limit', 'mem_limit', 'mem_reservation', 'cpus', 'scale'],
  ...['stop_grace_period', 'stop_signal', 'profiles', 'extends', 'restart', 'build', 'network_mode'],
  ...['test', 'disable', 'interval', 'timeout', 'start_period', 'retries'].map((key) => `healthcheck.${key}`),
  ...['deploy.replicas', 'deploy.mode'],
  ...['cpus', 'memory', 'pids'].map((key) => `deploy.resources.limits.${key}`),
  ...['cpus', 'memory'].map((key) => `deploy.resources.reservations.${key}`),
];

/** Given where something stands below them; what that is, is told by itself. */
const FOLDERS = new Set(['deploy', 'healthcheck', 'deploy.resources'].concat(
  ['limits', 'reservations'].map((key) => `deploy.resources.${key}`),
));

const REASONS: Readonly<Record<string, string>> = {
  'deploy.labels': 'they are those of a service of a Swarm; apps have the labels of containers',
  'deploy.placement': 'agents have attributes, not labels of nodes: --constraint SERVICE=FIELD:OPERATOR:VALUE',
  'deploy.placement.preferences': 'agents have attributes: --constraint SERVICE=ATTRIBUTE:GROUP_BY',
  'deploy.placement.max_replicas_per_node': '--constraint SERVICE=hostname:MAX_PER:N',
  'deploy.restart_policy': 'Marathon starts again whatever has ended, however and however often that was',
  'deploy.update_config': 'an upgrade keeps half of the instances, and has one in five more',
  'deploy.rollback_config': 'Marathon goes back when it is told to: DELETE /v2/deployments/ID',
  'deploy.endpoint_mode': 'how apps find each other is chosen by --discovery',
  'healthcheck.start_interval': 'a check is made at the same interval from the beginning',
  'ports[]': 'a port of an agent is given by an offer, and marathon-lb knows only its mode',
  'depends_on[].restart': 'an app does not begin again because another one has',
  'deploy.resources.reservations.devices': 'GPUs are of type MESOS alone, and other devices are parameters of an agent',
  volumes: 'a volume is a folder that Mesos makes on an agent, as it makes all of them',
  container_name: 'each task has a name of its own',
  networks: 'all apps are in one network',
  logging: 'what a task writes is in its sandbox on the agent',
  secrets: 'Marathon has secrets only with a plugin, and type DOCKER mounts none',
  configs: 'Marathon has no files for containers: put it into the image',
  pull_policy: 'Mesos pulls an image that the agent does not have',
};

const CARRIED: Carried = {
  keys: new Set(KEYS),
  reasons: REASONS,
  otherwise: 'Marathon has no field for it',
};

/** Of a service, key by key. */
export function lostKeys(service: Service): Loss[] {
  return lossesOf({ ...service, given: service.given.filter(({ key }) => !FOLDERS.has(key)) }, CARRIED);
}

/** Of the rest of the file: only what services make of it counts, and that is told there. */
export function lostParts(application: Application): Loss[] {
  return lostBeside(application, CARRIED);
}
