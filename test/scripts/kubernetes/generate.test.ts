/** Our own application on Kubernetes: every object that it needs, and what is said of the rest. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkKubernetes } from '../../../scripts/kubernetes/check.ts';
import { type KubernetesOptions, toKubernetes } from '../../../scripts/kubernetes/generate.ts';
import { fromKubernetes } from '../../../testkit/kubernetes-objects.ts';
import { pushed, readOurApplication } from '../../../testkit/application.ts';
import { ROOT } from '../../../testkit/machine.ts';
import { schemaErrors } from '../../../testkit/kubernetes-schemas.ts';

/** compose.yml, once it has been pushed. */
const ours = pushed(await readOurApplication());

function miner(options: KubernetesOptions = {}) {
  const { objects, losses } = toKubernetes(ours, options);
  const texts = losses.map(({ service, what, why }) => `${service}: ${what}: ${why}`);
  return { objects, losses: texts, places: losses.map(({ at }) => at), ...fromKubernetes(objects) };
}

test('five services become a workload each, and a Service for everything that others call', () => {
  const { objects } = miner();
  assert.deepEqual(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`), [
    ...['Service/rng', 'Deployment/rng', 'Service/hasher', 'Deployment/hasher', 'Deployment/worker'],
    ...['Service/webui', 'Deployment/webui', 'Service/redis', 'Service/redis-pods', 'StatefulSet/redis'],
  ]);
  for (const object of objects) assert.deepEqual(schemaErrors(object), []);
  const findings = checkKubernetes(objects).map(({ object, rule, level }) => `${level}: ${object}: ${rule}`);
  assert.deepEqual(findings, ['advice: StatefulSet/redis: capabilities', 'advice: StatefulSet/redis: read-only']);
});

test('http://rng is found at port 80, while rng listens on its own port, and is not root', () => {
  const { service, pod, container } = miner();
  assert.deepEqual(service('rng'), {
    type: 'ClusterIP',
    ports: [{ name: 'http-80', port: 80, targetPort: 'http', protocol: 'TCP' }],
    selector: { 'app.kubernetes.io/name': 'rng', 'app.kubernetes.io/instance': 'coinroom' },
  });
  const ports = { rng: 8001, hasher: 8002, worker: 8003, webui: 8000 };
  for (const [name, port] of Object.entries(ports)) {
    assert.deepEqual(container(name).ports, [{ name: 'http', containerPort: port, protocol: 'TCP' }]);
    assert.deepEqual(container(name).env!.find((one) => one.name === 'PORT'), { name: 'PORT', value: `${port}` });
    assert.deepEqual(pod(name).securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    assert.deepEqual(container(name).securityContext, {
      ...{ allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: true },
      capabilities: { drop: ['ALL'] },
    });
  }
});

test('a role is asked at /readyz and /healthz, soon and with patience; it has the time to start that its image says', () => {
  const { startupProbe, readinessProbe, livenessProbe } = miner().container('worker');
  assert.deepEqual(readinessProbe, {
    httpGet: { path: '/readyz', port: 'http' },
    ...{ periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 },
  });
  assert.deepEqual(livenessProbe, {
    httpGet: { path: '/healthz', port: 'http' },
    ...{ periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 6 },
  });
  assert.deepEqual(startupProbe, {
    httpGet: { path: '/healthz', port: 'http' },
    ...{ periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 30 },
  });
});

test('a new pod of a role is there before an old one goes, which has the time that the file gives it', () => {
  const { workload, pod } = miner();
  assert.deepEqual(workload('rng').spec.strategy, {
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
  });
  const { enableServiceLinks, automountServiceAccountToken, terminationGracePeriodSeconds } = pod('rng');
  assert.deepEqual({ enableServiceLinks, automountServiceAccountToken, terminationGracePeriodSeconds }, {
    ...{ enableServiceLinks: false, automountServiceAccountToken: false, terminationGracePeriodSeconds: 10 },
  });
});

test('redis keeps its wallet in a claim, as the user that its image makes', () => {
  const { workload, pod, container, service } = miner();
  const { spec } = workload('redis');
  assert.equal(spec.serviceName, 'redis-pods');
  assert.equal(service('redis-pods').clusterIP, 'None');
  assert.deepEqual(service('redis').ports, [
    { name: 'tcp-6379', port: 6379, targetPort: 'tcp-6379', protocol: 'TCP' },
  ]);
  assert.deepEqual(spec.volumeClaimTemplates, [{
    metadata: { name: 'wallet' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }]);
  assert.deepEqual(container('redis').volumeMounts, [{ name: 'wallet', mountPath: '/data' }]);
  assert.deepEqual(pod('redis').securityContext, {
    ...{ runAsNonRoot: true, runAsUser: 999, runAsGroup: 999, fsGroup: 999, fsGroupChangePolicy: 'OnRootMismatch' },
    seccompProfile: { type: 'RuntimeDefault' },
  });
  assert.deepEqual(container('redis').args!.slice(-3), ['everysec', '--save', '']);
  assert.deepEqual(container('redis').readinessProbe, {
    exec: { command: ['redis-cli', 'ping'] },
    ...{ periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 3 },
  });
  assert.equal((container('redis').livenessProbe as { failureThreshold: number }).failureThreshold, 15);
});

test('what it may take is what the file says, and as much of it is kept free', () => {
  const { container } = miner();
  assert.deepEqual(container('rng').resources, {
    limits: { memory: '256Mi' },
    requests: { cpu: '50m', memory: '256Mi' },
  });
});

test('what is not carried over is said, with its place', async () => {
  const { losses, places } = miner();
  assert.deepEqual(losses.filter((loss) => !loss.includes('pids_limit')), [
    'rng: ports: 8010 and so on is not published: kubectl port-forward service/rng 8010:80, or --expose NodePort',
    'hasher: ports: 8030 and so on is not published: kubectl port-forward service/hasher 8030:80, or --expose NodePort',
    'worker: depends_on: pods begin in any order: what is missing is tried again, and a pod that ends is started again',
    'webui: depends_on: pods begin in any order: what is missing is tried again, and a pod that ends is started again',
    'webui: ports: 8000 is not published: kubectl port-forward service/webui 8000:80, or --expose NodePort',
  ]);
  assert.equal(losses.length, 9);
  const lines = (await readFile(join(ROOT, 'compose.yml'), 'utf8')).split('\n');
  assert.deepEqual(
    new Set(places.map(({ file, line }) => `${file}: ${lines[line - 1]!.trim().split(':')[0]}`)),
    // What depends_on has begins in the line below it.
    new Set(['pids_limit', 'ports', 'rng', 'redis'].map((key) => `compose.yml: ${key}`)),
  );
});

test('a namespace is said by every object, instances by the service that has them', () => {
  const { objects, workload } = miner({ namespace: 'c3', instances: new Map([['worker', 10]]) });
  assert.ok(objects.every(({ metadata }) => metadata.namespace === 'c3'));
  assert.equal(workload('worker').spec.replicas, 10);
  assert.equal(workload('rng').spec.replicas, 1);
  assert.throws(() => miner({ instances: new Map([['miner', 2]]) }), {
    name: 'RangeError',
    message: 'Cannot have instances of miner: there is no such service',
  });
});

test('--expose publishes by a Service of its own, so that nothing else is reached from outside', () => {
  const balanced = miner({ expose: 'LoadBalancer' });
  assert.deepEqual(balanced.service('webui-published'), {
    type: 'LoadBalancer',
    ports: [{ name: 'tcp-8000', port: 8000, targetPort: 'http', protocol: 'TCP' }],
    selector: balanced.service('webui').selector,
  });
  assert.equal(balanced.service('webui').type, 'ClusterIP');
  assert.deepEqual(balanced.losses.filter((loss) => loss.includes(': ports: ')), []);
  const nodes = miner({ expose: 'NodePort' });
  assert.deepEqual(nodes.service('webui-published').ports, balanced.service('webui').ports);
  assert.ok(nodes.losses.includes(
    'webui: ports: 8000: nodes have 30000 to 32767; kubectl get service webui-published tells which',
  ));
});
