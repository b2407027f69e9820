/** What is lost of each file: `service: key key`; without a service, of the file. Images are told of all of them, and left out. */

export interface Lost {
  readonly marathon: readonly string[];
  readonly kubernetes: readonly string[];
  /** What `check` says of its objects. */
  readonly errors?: readonly string[];
}

export const LOST: Readonly<Record<string, Lost>> = {
  'blog.yml': {
    marathon: [
      ': secrets.db_password secrets.root_password volumes.tables.driver_opts',
      'blog: secrets depends_on[].restart volumes',
      'db: secrets healthcheck.start_interval volumes[].volume.nocopy',
    ],
    kubernetes: [
      ': secrets.db_password secrets.root_password volumes.tables.driver_opts',
      'blog: secrets depends_on depends_on[].restart ports volumes user',
      'db: secrets healthcheck.start_interval volumes[].volume.nocopy ports user',
    ],
  },
  'cloud.yml': {
    marathon: [
      'app: links environment volumes[].z volumes',
      'cron: links environment volumes[].z volumes',
      'db: volumes[].Z',
      'cache: tmpfs[].mode',
    ],
    kubernetes: [
      'app: hostname volumes[].z links ports volumes user',
      'cron: hostname volumes[].z stop_signal links volumes user',
      'db: volumes[].Z ports user security_opt',
      'cache: tmpfs[].mode',
    ],
  },
  'edge.yml': {
    marathon: [
      'proxy: ports dns sysctls restart',
      'whoami: platform attach annotations deploy.labels deploy.endpoint_mode',
    ],
    kubernetes: [
      'proxy: dns sysctls restart init ports volumes user',
      'whoami: platform attach annotations deploy.labels deploy.endpoint_mode user',
    ],
  },
  'errors.yml': {
    marathon: [
      ': volumes.errors-redis.external.name',
      'web: environment ulimits volumes',
      'worker: environment volumes',
      'cron: environment pull_policy volumes',
      'nginx: volumes',
      'redis: ulimits volumes',
      'postgres: volumes[].volume.subpath',
    ],
    kubernetes: [
      ': volumes.errors-redis.external.name',
      'web: ulimits depends_on ports volumes user',
      'worker: depends_on volumes user',
      'cron: pull_policy depends_on volumes user',
      'relay: depends_on user',
      'nginx: depends_on ports volumes user',
      'redis: ulimits volumes',
      'postgres: volumes[].volume.subpath ports user',
    ],
  },
  'first.yml': {
    marathon: [
      'web: links log_driver log_opt cpu_shares',
      'db: volumes_from',
      'cache: memswap_limit',
      'store: external_links',
    ],
    kubernetes: [
      'web: log_driver log_opt cpu_shares links ports user',
      'db: volumes_from ports user',
      'cache: memswap_limit',
      'store: external_links user',
    ],
    errors: [
      'StatefulSet/store: image-tag',
    ],
  },
  'forge.yml': {
    marathon: [
      ': volumes.tables.labels',
      'server: volumes',
      'db: shm_size healthcheck.interval',
    ],
    kubernetes: [
      ': volumes.tables.labels',
      'server: depends_on ports volumes user extra_hosts',
      'db: shm_size ports user',
      'mirror: ports user',
    ],
  },
  'logs.yml': {
    marathon: [
      ': configs.pipeline',
      'es01: environment container_name ulimits mem_swappiness',
      'es02: environment ulimits mem_swappiness',
      'pipeline: ports configs logging',
      'page: shm_size',
    ],
    kubernetes: [
      ': configs.pipeline',
      'es01: container_name ulimits mem_swappiness ports user',
      'es02: ulimits mem_swappiness user',
      'pipeline: configs logging depends_on ports user',
      'page: shm_size ports user',
    ],
  },
  'metrics.yml': {
    marathon: [
      ': configs.prometheus volumes.figures.name',
      'prometheus: configs ports[].mode ports[].app_protocol volumes[].tmpfs.mode',
      'grafana: environment volumes[].bind.propagation volumes[].bind.create_host_path volumes',
      'node-exporter: pid volumes[].rslave network_mode',
    ],
    kubernetes: [
      ': configs.prometheus volumes.figures.name',
      'prometheus: configs ports[].mode ports[].app_protocol volumes[].tmpfs.mode ports',
      'grafana: depends_on volumes[].bind.propagation volumes[].bind.create_host_path ports volumes user environment',
      'node-exporter: pid volumes[].rslave network_mode volumes user pids_limit',
    ],
  },
  'second.yml': {
    marathon: [
      ': networks.default',
      'base: memswap_limit cpu_count cpu_percent',
      'api: memswap_limit cpu_count cpu_percent group_add oom_score_adj',
      'later: devices volume_driver userns_mode ipc runtime networks',
    ],
    kubernetes: [
      ': networks.default',
      'base: memswap_limit cpu_count cpu_percent init user pids_limit',
      'api: memswap_limit cpu_count cpu_percent group_add oom_score_adj depends_on init ports user pids_limit',
      'later: devices volume_driver userns_mode ipc runtime networks user',
    ],
  },
  'social.yml': {
    marathon: [
      'web: ports environment volumes',
      'streaming: ports environment',
      'later: environment',
      'db: shm_size networks volumes',
      'search: ulimits',
    ],
    kubernetes: [
      'web: depends_on ports volumes user',
      'streaming: depends_on ports user',
      'later: depends_on user',
      'db: shm_size networks ports volumes user',
      'search: ulimits user',
    ],
  },
  'stream.yml': {
    marathon: [
      ': networks.mesh',
      'Kafka_1: networks volumes',
      'Kafka_2: networks',
      'topics: restart',
      'reader: depends_on tty deploy.resources.reservations.devices stdin_open',
    ],
    kubernetes: [
      ': networks.mesh',
      'Kafka_1: name hostname networks ports volumes user',
      'Kafka_2: name hostname networks ports user',
      'topics: depends_on restart ports user',
      'reader: depends_on tty deploy.resources.reservations.devices stdin_open ports user',
    ],
  },
  'voting.yml': {
    marathon: [
      ': networks.front networks.back',
      'vote: environment networks deploy.update_config deploy.restart_policy',
      'result: ports networks',
      'worker: networks deploy.placement',
      'redis: networks',
      'db: networks',
    ],
    kubernetes: [
      ': networks.front networks.back',
      'vote: networks depends_on deploy.update_config deploy.restart_policy ports user',
      'result: networks depends_on ports user',
      'worker: networks depends_on deploy.placement user',
      'redis: networks',
      'db: networks user',
    ],
  },
};
