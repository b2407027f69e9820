/** What Compose itself makes of a file means the same to us as the file: where both read it. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { test } from 'node:test';
import { composeClient } from '../../../../scripts/lib/compose-project.ts';
import type { Application } from '../../../../scripts/lib/compose-model/model.ts';
import { readApplication } from '../../../../scripts/lib/compose-model/read-application.ts';
import { output, unlessDocker } from '../../../../testkit/docker.ts';
import { ROOT, temporaryFolder } from '../../../../testkit/machine.ts';

const VOTING = `
version: '2.4'
services:
  vote:
    image: vote:1
    command: python app.py --quiet
    depends_on: [redis]
    ports: ['5000:80', '127.0.0.1:5001:81', '5002:82/udp']
    environment: [OPTION_A=Cats, 'OPTION_B=Dogs and $$more']
    healthcheck: { test: curl -f http://localhost, interval: 15s, timeout: 5s, retries: 3, start_period: 10s }
    networks: [front, back]
  worker:
    image: worker:1
    depends_on: { redis: { condition: service_healthy }, db: { condition: service_started } }
    restart: on-failure:3
    scale: 3
    mem_limit: 64m
    cpus: 0.5
    cap_drop: [ALL]
    cap_add: [CHOWN]
    extra_hosts: ['far:10.0.0.9']
    networks: { back: { aliases: [digger] } }
  redis:
    image: redis:alpine
    volumes: ['./checks:/checks:ro']
    healthcheck: { test: [CMD, /checks/redis.sh], interval: 5s }
    expose: ['6379']
    tmpfs: /run
    networks: [back]
  db:
    image: postgres:15
    environment: { POSTGRES_USER: postgres, POSTGRES_PASSWORD: '\${DB_PASSWORD:-postgres}', EMPTY: '' }
    volumes: ['db-data:/var/lib/postgresql/data', /scratch]
    stop_signal: SIGINT
    stop_grace_period: 1m30s
    user: '999:999'
    networks: [back]
volumes: { db-data: {} }
networks: { front: {}, back: {} }
`;

const LINKED = `
web:
  image: web
  links: ['db:database']
  ports: ['80:8000']
  env_file: web.env
  environment: { B: own }
  entrypoint: /run.sh
db: { image: 'postgres:9', expose: ['5432'] }
`;

const EXTENDED = `
version: '2.4'
x-log: &log { driver: json-file, options: { max-size: 1m } }
services:
  base: { image: a, environment: { A: '1', B: '2' }, labels: [x=1], logging: *log }
  one: { extends: { service: base }, environment: { B: '3' }, labels: { y: '2' }, command: [a, 'b c'] }
`;

const FILES: Readonly<Record<string, readonly [text: string, ...more: string[]]>> = {
  'an application with votes': [VOTING],
  'one of version 1': [LINKED],
  'one that extends': [EXTENDED],
  'two files': [
    VOTING,
    "version: '2.4'\nservices: { vote: { command: [x], ports: ['5003:83'], environment: { OPTION_A: Fish } } }\n",
  ],
};

for (const [what, texts] of Object.entries(FILES)) {
  test(`${what}: as Compose puts it, it is the same application`, { skip: unlessDocker }, async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'web.env'), 'A=1\nB=2\n');
    const files = texts.map((_, at) => join(folder, `${at}.yml`));
    for (const [at, text] of texts.entries()) await writeFile(files[at]!, text);
    await compare(folder, files);
  });
}

test('our own files: as Compose puts them, they are the same application', { skip: unlessDocker }, async (t) => {
  const folder = await temporaryFolder(t);
  await compare(folder, [join(ROOT, 'compose.yml')]);
  await compare(folder, [join(ROOT, 'compose.yml'), join(ROOT, 'compose.full.yml')]);
});

async function compare(folder: string, files: readonly string[]): Promise<void> {
  const { command } = await composeClient();
  const flags = files.flatMap((file) => ['--file', file]);
  const config = join(folder, 'config.yml');
  await writeFile(config, await output([...command, ...flags, '--project-name', 'same', 'config']));
  const [own, theirs] = await Promise.all(
    [files, [config]].map((some) => readApplication({ files: some, name: 'same', env: {} })),
  );
  assert.deepEqual(meaning(own!, folder), meaning(theirs!, folder));
}

/** Without places, in one order; paths of the machine as absolute ones. */
function meaning({ services, volumes }: Application, folder: string) {
  const byText = (a: unknown, b: unknown): number => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
  const sorted = (map: ReadonlyMap<string, string>) => Object.fromEntries([...map].sort());
  return {
    volumes: [...volumes.keys()].sort(),
    services: services.map(({ given: _, at: __, ...service }) => ({
      ...service,
      environment: sorted(service.environment),
      labels: sorted(service.labels),
      extraHosts: sorted(service.extraHosts),
      ports: service.ports.map(({ at: ___, ...port }) => port).sort(byText),
      dependencies: [...service.dependencies].sort(byText),
      mounts: service.mounts.map(({ at: ___, ...mount }) =>
        mount.kind === 'bind' && !isAbsolute(mount.source) ? { ...mount, source: join(folder, mount.source) } : mount
      ).sort(byText),
      // For Compose one of these follows from the other.
      isBuilt: undefined,
    })).sort(byText),
  };
}
