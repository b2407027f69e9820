/** The keys that a service may have, in all versions of the format: whatever else stands there is a slip of the hand. */
import { ComposeFileError, type Mapping } from './tree.ts';

/** https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json, and those of versions 1 and 2. */
const KEYS = new Set([
  ...['annotations', 'attach', 'blkio_config', 'build', 'cap_add', 'cap_drop', 'cgroup', 'cgroup_parent', 'command'],
  ...[
    'configs',
    'container_name',
    'cpu_count',
    'cpu_percent',
    'cpu_period',
    'cpu_quota',
    'cpu_rt_period',
    'cpu_rt_runtime',
  ],
  ...[
    'cpu_shares',
    'cpus',
    'cpuset',
    'credential_spec',
    'depends_on',
    'deploy',
    'develop',
    'device_cgroup_rules',
    'devices',
  ],
  ...['dns', 'dns_opt', 'dns_search', 'domainname', 'driver_opts', 'entrypoint', 'env_file', 'environment', 'expose'],
  ...[
    'extends',
    'external_links',
    'extra_hosts',
    'gpus',
    'group_add',
    'healthcheck',
    'hostname',
    'image',
    'init',
    'ipc',
  ],
  ...['isolation', 'label_file', 'labels', 'links', 'logging', 'mac_address', 'mem_limit', 'mem_reservation'],
  ...[
    'mem_swappiness',
    'memswap_limit',
    'models',
    'network_mode',
    'networks',
    'oom_kill_disable',
    'oom_score_adj',
    'pid',
  ],
  ...['pids_limit', 'platform', 'ports', 'post_start', 'pre_stop', 'privileged', 'profiles', 'provider', 'pull_policy'],
  ...[
    'pull_refresh_after',
    'read_only',
    'restart',
    'runtime',
    'scale',
    'secrets',
    'security_opt',
    'shm_size',
    'stdin_open',
  ],
  ...[
    'stop_grace_period',
    'stop_signal',
    'storage_opt',
    'sysctls',
    'tmpfs',
    'tty',
    'ulimits',
    'use_api_socket',
    'user',
  ],
  ...['userns_mode', 'uts', 'volumes', 'volumes_from', 'working_dir'],
  ...['dockerfile', 'log_driver', 'log_opt', 'net', 'volume_driver'],
]);

/** @throws ComposeFileError naming the key, and the one that may have been meant */
export function assertKnown(service: string, { entries }: Mapping): void {
  for (const [key, { at }] of entries) {
    if (KEYS.has(key) || key.startsWith('x-')) continue;
    const near = [...KEYS].find((known) => distance(known, key) <= 2);
    const meant = near === undefined ? '' : `; is ${near} meant?`;
    throw new ComposeFileError(at, `a service has no ${key}, as ${service} has here${meant}`);
  }
}

/** Letters to change, add or take away (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [line, char] of [...a].entries()) {
    const next = [line + 1];
    for (const [at, other] of [...b].entries()) {
      next.push(Math.min(next[at]! + 1, row[at + 1]! + 1, row[at]! + (char === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1)!;
}
