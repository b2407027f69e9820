/** Any application on Kubernetes: what each part of a Compose file becomes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubernetesOptions, toKubernetes } from '../../../scripts/kubernetes/generate.ts';
import { application, type ApplicationGiven, DIGEST, type ServiceGiven } from '../../../testkit/application.ts';
import { fromKubernetes } from '../../../testkit/kubernetes-objects.ts';
import { schemaErrors } from '../../../testkit/kubernetes-schemas.ts';

/** Says as whom it runs, so that nothing is told of that. */
const USER = { user: '1000:1000' } as const;

function generate(
  services: Readonly<Record<string, ServiceGiven>>,
  options: KubernetesOptions = {},
  rest: Omit<ApplicationGiven, 'services'> = {},
) {
  const withUser = Object.entries(services).map(([name, one]) => [name, { ...USER, ...one }]);
  const { objects, losses } = toKubernetes(application({ ...rest, services: Object.fromEntries(withUser) }), options);
  for (const object of objects) assert.deepEqual(schemaErrors(object), [], object.metadata.name);
  return {
    ...fromKubernetes(objects),
    names: objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
    losses: losses.map(({ service, what, why }) => `${service === undefined ? '' : `${service}: `}${what}: ${why}`),
  };
}

const one = (service: ServiceGiven, options?: KubernetesOptions) => generate({ one: service }, options);

test('a service of which nothing is said is a Deployment without a Service, and nothing is lost', () => {
  const { names, losses, container } = one({});
  assert.deepEqual(names, ['Deployment/one']);
  assert.deepEqual(losses, []);
  assert.deepEqual(Object.keys(container('one')), ['name', 'image', 'resources', 'securityContext']);
});

test('a label says where a service of somebody else is asked whether it should get requests', () => {
  const { container } = one({ labels: { 'ambassador.check': '/up' }, ports: [{ target: 6379 }, { target: 8080 }] });
  assert.deepEqual(container('one').readinessProbe, {
    httpGet: { path: '/up', port: 'tcp-8080' },
    ...{ periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 },
  });
  assert.equal(container('one').livenessProbe, undefined);
  const { losses } = one({ labels: { 'ambassador.check': '/up' } });
  assert.deepEqual(losses, ['one: labels: ambassador.check: no port is known to ask at /up; say so by expose']);
});

test('a healthcheck is run inside of the pod, by a shell where it was one, with its times in whole seconds', () => {
  const { container } = one({
    healthcheck: {
      test: { kind: 'shell', line: 'curl -f http://localhost || exit 1' },
      ...{ intervalMs: 10_000, timeoutMs: 1500, startPeriodMs: 5000, retries: 2 },
    },
  });
  const exec = { command: ['/bin/sh', '-c', 'curl -f http://localhost || exit 1'] };
  assert.deepEqual(container('one').readinessProbe, {
    exec,
    periodSeconds: 10,
    timeoutSeconds: 2,
    failureThreshold: 2,
  });
  assert.deepEqual(container('one').livenessProbe, { exec, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 });
  assert.deepEqual(container('one').startupProbe, { exec, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 5 });
});

test('times are whole seconds, at least one, and never less than the file gives', () => {
  const { container, pod } = one({
    stopGraceMs: 1200,
    healthcheck: {
      test: { kind: 'exec', words: ['true'] },
      ...{ intervalMs: 100, timeoutMs: 1200, startPeriodMs: undefined, retries: undefined },
    },
  });
  const exec = { command: ['true'] };
  assert.deepEqual(container('one').readinessProbe, { exec, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 3 });
  assert.deepEqual(container('one').livenessProbe, { exec, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 30 });
  assert.equal(pod('one').terminationGracePeriodSeconds, 2);
});

test('a role whose healthcheck is off is asked nothing', () => {
  const { container } = one({ environment: { ROLE: 'rng' }, isHealthcheckOff: true });
  const { readinessProbe, livenessProbe, startupProbe } = container('one');
  assert.deepEqual([readinessProbe, livenessProbe, startupProbe], [undefined, undefined, undefined]);
});

test('an entrypoint is a command, and a command its arguments; what looks like a reference of Kubernetes is none', () => {
  const { container } = one({
    entrypoint: { kind: 'exec', words: ['sh', '-c'] },
    command: { kind: 'shell', line: 'echo $(date) $$ $HOME $5' },
    workingDirectory: '/srv',
    environment: { PRICE: '$5', NOW: '$(date)', TWO: '$$' },
  });
  const { command, args, workingDir, env } = container('one');
  assert.deepEqual(command, ['sh', '-c']);
  assert.deepEqual(args, ['/bin/sh', '-c', 'echo $$(date) $$$$ $$HOME $$5']);
  assert.equal(workingDir, '/srv');
  assert.deepEqual(env!.map(({ value }) => value), ['$5', '$$(date)', '$$$$']);
});

test('a variable whose name Kubernetes refuses is an error with its place', () => {
  assert.throws(() => one({ environment: { 'A B': '1' }, given: ['environment'] }), {
    name: 'SyntaxError',
    message:
      'Cannot give one the variable "A B" (compose.yml, line 11): in Kubernetes a name has letters, digits, _, - ' +
      'and ., and begins with no digit',
  });
});

test('names are those of DNS: another one is told, and who names the service by the old one', () => {
  const { names, losses } = generate({
    My_DB: { ports: [{ target: 5432 }] },
    app: { environment: { DB: 'postgres://me@my_db/x', CACHE: 'redis://other', HOST: 'My_DB' } },
    '9lives': {},
  });
  assert.deepEqual(names, ['Service/my-db', 'Deployment/my-db', 'Deployment/app', 'Deployment/x-9lives']);
  assert.deepEqual(losses.filter((loss) => !loss.includes('ports')), [
    'My_DB: name: it is called my-db here: names are those of DNS',
    'app: environment: DB names My_DB, which is called my-db here',
    'app: environment: HOST names My_DB, which is called my-db here',
    '9lives: name: it is called x-9lives here: names are those of DNS',
  ]);
});

test('two services that would have the same name are refused, with the places of both', () => {
  assert.throws(() => generate({ a_b: {}, 'a.b': {} }), {
    name: 'SyntaxError',
    message:
      'Cannot name a.b (compose.yml, line 20): in Kubernetes it is a-b, and so is a_b (compose.yml, line 10); give one ' +
      'of them another name',
  });
  assert.throws(
    () => generate({ a: { ports: [{ target: 80 }] }, 'a-published': {} }),
    /it is a-published, and so is a-published/,
  );
});

test('the name of the Service that every cluster has is refused, in its namespace', () => {
  assert.throws(
    () => generate({ kubernetes: {} }),
    /^SyntaxError: Cannot name kubernetes \(compose.yml, line 10\): .*--namespace/,
  );
  assert.deepEqual(generate({ kubernetes: {} }, { namespace: 'mine' }).names, ['Deployment/kubernetes']);
});

test('a service that is only built is refused, and the error says what gives it an image', () => {
  assert.throws(() => one({ image: undefined, isBuilt: true }), {
    name: 'SyntaxError',
    message: 'Cannot deploy one (compose.yml, line 10): it is only built, and a cluster builds nothing; ' +
      './scripts/compose.mjs push gives it an image, and writes a file with its name',
  });
});

test('an image without a digest is told, and so is a variable without a value', () => {
  const { losses } = one({ image: 'coinroom:1', unsetVariables: ['TOKEN'] });
  assert.deepEqual(losses, [
    'one: environment: TOKEN has no value here, so it is not set',
    'one: image: coinroom:1 has no digest: each node may have another; compose.mjs push writes a file with digests',
  ]);
});

test('one on each machine is a DaemonSet, of which nobody can want more', () => {
  const { names, workload } = one({ isGlobal: true });
  assert.deepEqual(names, ['DaemonSet/one']);
  assert.equal(workload('one').spec.replicas, undefined);
  assert.throws(() => one({ isGlobal: true }, { instances: new Map([['one', 3]]) }), /there is one on each node/);
});

test('tmpfs is memory with its size; what is of the machine, or has no name, is told', () => {
  const { pod, container, losses } = one({
    mounts: [
      { kind: 'tmpfs', target: '/tmp', sizeBytes: 64 * 2 ** 20 },
      { kind: 'bind', source: './here', target: '/here' },
      { kind: 'anonymous', target: '/cache', isReadOnly: true },
    ],
  });
  assert.deepEqual(pod('one').volumes, [
    { name: 'tmpfs-0', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    { name: 'anonymous-2', emptyDir: {} },
  ]);
  assert.deepEqual(container('one').volumeMounts, [
    { name: 'tmpfs-0', mountPath: '/tmp' },
    { name: 'anonymous-2', mountPath: '/cache', readOnly: true },
  ]);
  assert.deepEqual(losses, [
    'one: volumes: ./here is of this machine: a pod may be on any; put it into the image',
    'one: volumes: /cache has no name: it is gone with its pod',
  ]);
});

test('a volume that two name, or several instances, is one no more', () => {
  const volume = { kind: 'volume' as const, name: 'Shared_Files', target: '/data' };
  const { workload, losses } = generate({ a: { mounts: [volume], replicas: 2 }, b: { mounts: [volume] } }, {
    volumeSize: '10Gi',
  });
  assert.deepEqual(workload('a').spec.volumeClaimTemplates, [{
    metadata: { name: 'shared-files' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
  }]);
  assert.deepEqual(losses, [
    'a: volumes: Shared_Files is not shared with b: each has a claim of its own',
    'a: volumes: Shared_Files: each of the 2 has a claim of its own',
    'b: volumes: Shared_Files is not shared with a: each has a claim of its own',
  ]);
});

test('a volume from elsewhere is a claim from elsewhere; one on each node is gone with its pod', () => {
  const volumes = [{ name: 'old', isExternal: true }];
  const external = generate({ a: { mounts: [{ kind: 'volume', name: 'old', target: '/data' }] } }, {}, { volumes });
  assert.deepEqual(external.pod('a').volumes, [{ name: 'old', persistentVolumeClaim: { claimName: 'old' } }]);
  assert.deepEqual(external.losses, ['a: volumes: old is external: a claim old has to be there']);
  const global = one({ isGlobal: true, mounts: [{ kind: 'volume', name: 'x', target: '/data' }] });
  assert.deepEqual(global.pod('one').volumes, [{ name: 'x', emptyDir: {} }]);
  assert.equal(global.losses.length, 1);
});

test('two volumes of a service that would have the same name are refused', () => {
  const mounts = ['a_b', 'a.b'].map((name) => ({ kind: 'volume' as const, name, target: `/${name}` }));
  assert.throws(
    () => one({ mounts }),
    /Cannot name the volume a\.b of one .* it is a-b, and so is the volume a_b of one/,
  );
});

test('a port of this machine only is never exposed, and UDP is not forwarded', () => {
  const ports = [{ target: 80, published: 8080, hostIp: '127.0.0.1' }, {
    target: 53,
    published: 53,
    protocol: 'udp' as const,
  }];
  assert.deepEqual(one({ ports }).losses, [
    'one: ports: 8080 is not published, being of one machine: kubectl port-forward service/one 8080:80',
    'one: ports: 53 is not published: --expose does that',
  ]);
  const { service, losses } = one({ ports }, { expose: 'LoadBalancer' });
  assert.deepEqual(service('one-published').ports, [
    { name: 'udp-53', port: 53, targetPort: 'udp-53', protocol: 'UDP' },
  ]);
  assert.equal(losses.length, 1);
});

test('a port that nodes may have is taken for NodePort', () => {
  const { service, losses } = one({ ports: [{ target: 8080, published: 30_080 }] }, { expose: 'NodePort' });
  assert.deepEqual(service('one-published').ports, [
    { name: 'http-8080', port: 8080, targetPort: 'tcp-8080', protocol: 'TCP', nodePort: 30_080 },
  ]);
  assert.deepEqual(losses, []);
});

test('one port of a pod is one node port: a second one for it is told', () => {
  const ports = [{ target: 8080, published: 30_080 }, { target: 8080, published: 30_081 }];
  const { service, losses } = one({ ports }, { expose: 'NodePort' });
  assert.equal((service('one-published').ports as readonly unknown[]).length, 1);
  assert.deepEqual(losses, ['one: ports: 30081 is not published: 8080 is already']);
});

test('a service whose ports nobody knows is found by its name, at any port, when others name it', () => {
  const { service, losses } = generate({ db: {}, app: { environment: { DB_HOST: 'db:5432' } } });
  assert.equal(service('db').clusterIP, 'None');
  assert.equal(service('db').ports, undefined);
  assert.match(losses.join(), /^db: ports: none is known of it: its name is that of its pods/);
});

test('the port of a URL is a port of the service that it names, in the protocol of its scheme', () => {
  const { service } = generate({ api: {}, app: { environment: { API: 'https://api, http://api:9000' } } });
  assert.deepEqual(service('api').ports, [
    { name: 'tcp-443', port: 443, targetPort: 'tcp-443', protocol: 'TCP' },
    { name: 'http-9000', port: 9000, targetPort: 'tcp-9000', protocol: 'TCP' },
  ]);
});

test('all roles in one process have four ports, whatever PORT moves them to', () => {
  const { service, container } = one({
    environment: { ROLE: 'all', PORT: '9000' },
    ports: [{ target: 9000, published: 9000 }, { target: 9002, published: 9002 }],
  });
  assert.deepEqual(
    (container('one').ports as readonly { readonly containerPort: number }[]).map((its) => its.containerPort),
    [
      ...[8000, 8001, 8002, 8003],
    ],
  );
  assert.deepEqual((service('one').ports as readonly object[]).map((its) => Object.values(its)), [
    ['http-9000', 9000, 'http', 'TCP'],
    ['http-9002', 9002, 'http-8002', 'TCP'],
  ]);
});

test('as whom a pod runs is a number; where nobody says it, that is told', () => {
  assert.deepEqual(one({}).pod('one').securityContext, {
    ...{ runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  });
  assert.equal((one({ user: 'root' }).pod('one').securityContext as { runAsNonRoot: boolean }).runAsNonRoot, false);
  assert.match(one({ user: 'node' }).losses.join(), /^one: user: node is a name, and Kubernetes wants its number/);
  assert.match(one({ user: undefined }).losses.join(), /^one: user: nobody says as whom it runs/);
});

test('only the official redis is known to run as 999, wherever it is pulled from', () => {
  const users = ['redis:7', 'docker.io/library/redis', '10.0.0.1:5000/redis:7', 'bitnami/redis:7', 'redis-exporter:1']
    .map((image) =>
      (one({ user: undefined, image: `${image}${DIGEST}` }).pod('one').securityContext as { runAsUser?: number })
        .runAsUser
    );
  assert.deepEqual(users, [999, 999, 999, undefined, undefined]);
});

test('a program that listens below 1024 without being root may do so, as in Docker', () => {
  const sysctls = (service: ServiceGiven): unknown =>
    (one(service).pod('one').securityContext as { readonly sysctls?: unknown }).sysctls;
  assert.deepEqual(sysctls({ ports: [{ target: 80 }] }), [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }]);
  assert.equal(sysctls({ ports: [{ target: 8080 }] }), undefined);
  assert.equal(sysctls({ ports: [{ target: 80 }], user: '0' }), undefined);
});

test('no pod is privileged; capabilities are what the file says', () => {
  const { container, losses } = one({
    isPrivileged: true,
    capabilities: { add: ['cap_net_raw', 'NET_RAW'], drop: ['all'] },
    securityOptions: ['no-new-privileges:true', 'seccomp:unconfined'],
  });
  assert.deepEqual(container('one').securityContext, {
    ...{ allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: false },
    capabilities: { add: ['NET_RAW'], drop: ['ALL'] },
  });
  assert.deepEqual(losses, [
    "one: security_opt: seccomp:unconfined: pods have seccomp's default",
    'one: privileged: no pod is: it would be root on its node',
  ]);
});

test('limits and reservations are quantities, and no more is reserved than may be taken', () => {
  const { container, losses } = one({
    resources: { cpuLimit: 1.5, cpuReservation: 2, memoryLimitBytes: 100_000, memoryReservationBytes: 2048 },
  });
  assert.deepEqual(container('one').resources, {
    limits: { cpu: '1500m', memory: '100000' },
    requests: { cpu: '1500m', memory: '2Ki' },
  });
  assert.deepEqual(losses, ['one: cpus: more is reserved than it may take: what it may take is reserved']);
});

test('names of other hosts are carried over, where they have an address', () => {
  const { pod, losses } = one({ extraHosts: new Map([['a', '10.0.0.1'], ['b', '10.0.0.1'], ['me', 'host-gateway']]) });
  assert.deepEqual(pod('one').hostAliases, [{ ip: '10.0.0.1', hostnames: ['a', 'b'] }]);
  assert.deepEqual(losses, ['one: extra_hosts: me: host-gateway is no address']);
});

test('labels of the file are labels, annotations where their value is none, and never ours', () => {
  const { workload, losses } = one({
    labels: { team: 'blue', 'example.org/url': 'http://x', 'app.kubernetes.io/name': 'mine', 'a b': 'c' },
  });
  const { labels, annotations } = workload('one').metadata;
  assert.equal(labels.team, 'blue');
  assert.equal(labels['app.kubernetes.io/name'], 'one');
  assert.deepEqual(annotations, { 'example.org/url': 'http://x' });
  assert.deepEqual(losses, [
    'one: labels: app.kubernetes.io/name is given by us',
    'one: labels: a b is no name of a label',
  ]);
});

test('what means something else on a cluster is told once, and so is what it does not know', () => {
  const { losses } = one({
    ...{ restart: 'on-failure', stopSignal: 'SIGQUIT', hasInit: true, networkMode: 'host' },
    links: [{ service: 'two', alias: 'two' }, { service: 'two', alias: 'db' }],
    given: [
      ...['deploy', 'deploy.placement.constraints', 'deploy.placement.preferences', 'healthcheck.start_interval'],
      ...['restart', 'container_name', 'gpus', 'deploy.replicas', 'deploy.resources.limits.memory'],
    ],
  });
  assert.deepEqual(losses, [
    'one: deploy.placement: its constraints are of nodes of a Swarm: label nodes, and give pods a nodeSelector',
    'one: healthcheck.start_interval: a start is asked often as it is',
    'one: container_name: each pod has a name of its own',
    'one: gpus: a pod has no such thing',
    'one: restart: on-failure: a pod is started again whenever it ends',
    'one: stop_signal: SIGQUIT: what the image says, else SIGTERM, is sent',
    'one: init: nothing in a pod reaps orphans: put one into the image',
    'one: network_mode: host: each pod has a network of its own',
    'one: links: two is not called db here',
  ]);
});

test('what is told of several lines has the place of the first', () => {
  const keys = ['deploy.placement.constraints', 'deploy.placement.preferences'];
  const { losses } = toKubernetes(application({ services: { one: { ...USER, given: keys } } }));
  assert.deepEqual(losses.map(({ at }) => at), [{ file: 'compose.yml', line: 11 }]);
});

test('what is of no single service is told, too', () => {
  const others = ['networks.back', 'secrets.key', 'volumes.wallet.driver'];
  assert.deepEqual(generate({}, {}, { others }).losses, [
    'networks.back: every pod reaches every other one; a NetworkPolicy, which is yours to write, says otherwise',
    'secrets.key: make it by kubectl create secret, and mount it',
    'volumes.wallet.driver: a claim has what the StorageClass of the cluster gives',
  ]);
});
