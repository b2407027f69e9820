/** What is wrong with objects of any origin: each rule is broken by something that breaks no other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKubernetes } from '../../../scripts/kubernetes/check.ts';
import { type RuleName, RULES } from '../../../scripts/kubernetes/rules.ts';

const DIGEST = `@sha256:${'0'.repeat(64)}`;

/** As good as can be: a web server with a Service, and a store with two. */
function wellMade() {
  const container = {
    name: 'web',
    image: `example.org/web:1${DIGEST}`,
    env: [{ name: 'PORT', value: '8080' }],
    ports: [{ name: 'http', containerPort: 8080 }, { name: 'metrics', containerPort: 9090 }] as Record<
      string,
      unknown
    >[],
    readinessProbe: { httpGet: { path: '/', port: 'http' as unknown } },
    resources: { limits: { memory: '1Gi' } as Record<string, unknown>, requests: { memory: '512Mi' } },
    securityContext: {
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, privileged: false },
      capabilities: { drop: ['ALL'], add: [] as string[] },
    } as Record<string, unknown>,
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
  const pod = {
    ...{ enableServiceLinks: false as boolean | undefined, automountServiceAccountToken: false, hostNetwork: false },
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } as Record<string, unknown>,
    containers: [container],
    volumes: [{ name: 'tmp', emptyDir: {} }] as Record<string, unknown>[],
  };
  const web = {
    ...{
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', labels: { app: 'web' } as Record<string, unknown> },
    },
    spec: { selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: pod } },
  };
  const service = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' as unknown }] },
  };
  const store = structuredClone({
    ...{ ...web, kind: 'StatefulSet', metadata: { name: 'store' } },
    spec: {
      ...{ serviceName: 'store', selector: { matchLabels: { app: 'store' } } },
      template: { metadata: { labels: { app: 'store' } }, spec: { ...pod, volumes: [] } },
      volumeClaimTemplates: [{ metadata: { name: 'tmp' } }],
    },
  });
  const governing = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'store' } },
    spec: { clusterIP: 'None', selector: { app: 'store' } },
  };
  return { web, service, store, governing, pod, container };
}

type WellMade = ReturnType<typeof wellMade>;

function findings(change: (made: WellMade) => void) {
  const made = wellMade();
  change(made);
  return checkKubernetes([made.web, made.service, made.store, made.governing]);
}

test('nothing is said of objects that are as they should be', () => {
  assert.deepEqual(findings(() => {}), []);
});

const POD = '$.spec.template.spec';
const FIRST = `${POD}.containers[0]`;

/** What breaks a rule, and where that is found. */
const VECTORS: readonly (readonly [rule: RuleName, path: string, change: (made: WellMade) => void])[] = [
  ['object', '$', ({ service }) => void (service.metadata.name = '')],
  ['name', '$.metadata.name', ({ service }) => void (service.metadata.name = '1web')],
  ['name', '$.metadata.name', ({ web }) => void (web.metadata.name = 'Web')],
  ['name', '$.metadata.name', ({ store }) => void (store.metadata.name = 'a'.repeat(53))],
  ['duplicate', '$.metadata.name', (made) => {
    made.service.metadata.name = 'store';
  }],
  ['label', '$.metadata.labels.on', ({ web }) => void (web.metadata.labels.on = true)],
  ['label', '$.metadata.labels["a b"]', ({ web }) => void (web.metadata.labels['a b'] = '')],
  ['selector', '$.spec.selector.matchLabels', ({ web }) => void (web.spec.selector.matchLabels.app = 'other')],
  ['selector', '$.spec.selector', ({ web }) => void (web.spec.selector = {} as never)],
  ['service-pods', '$.spec.selector', ({ service }) => void (service.spec.selector.app = 'other')],
  ['service-port', '$.spec.ports[0].targetPort', ({ service }) => void (service.spec.ports[0]!.targetPort = 'https')],
  ['service-port', '$.spec.ports[0].targetPort', ({ service }) => void (service.spec.ports[0]!.targetPort = 81)],
  ['service-port', '$.spec.ports[0].port', ({ service }) => void delete service.spec.ports[0]!.targetPort],
  ['stateful-service', '$.spec.serviceName', ({ store }) => void (store.spec.serviceName = 'web')],
  ['port-name', `${FIRST}.ports[1].name`, ({ container }) => void (container.ports[1]!.name = 'http')],
  ['port-name', `${FIRST}.ports[1].name`, ({ container }) => void (container.ports[1]!.name = 'much-too-long-a-name')],
  ['probe-port', `${FIRST}.readinessProbe.httpGet.port`, ({ container }) => {
    container.readinessProbe.httpGet.port = 8081;
  }],
  [
    'probes',
    `${FIRST}.readinessProbe`,
    ({ container }) => void delete (container as Partial<typeof container>).readinessProbe,
  ],
  ['image-tag', `${FIRST}.image`, ({ container }) => void (container.image = 'web:latest')],
  ['image-tag', `${FIRST}.image`, ({ container }) => void (container.image = 'example.org:5000/web')],
  ['image-digest', `${FIRST}.image`, ({ container }) => void (container.image = 'example.org:5000/web:1')],
  ['non-root', `${FIRST}.securityContext.runAsNonRoot`, ({ pod }) => void delete pod.securityContext.runAsNonRoot],
  ['non-root', `${FIRST}.securityContext.runAsNonRoot`, ({ container }) => {
    container.securityContext.runAsNonRoot = false;
  }],
  ['non-root', `${FIRST}.securityContext.runAsUser`, ({ pod }) => void (pod.securityContext.runAsUser = 0)],
  ['low-port', `${FIRST}.ports[1].containerPort`, ({ container }) => void (container.ports[1]!.containerPort = 80)],
  ['low-port', `${FIRST}.env[0].value`, ({ container }) => void (container.env[0]!.value = '80')],
  [
    'privileged',
    `${FIRST}.securityContext.privileged`,
    ({ container }) => void (container.securityContext.privileged = true),
  ],
  ['privilege-escalation', `${FIRST}.securityContext.allowPrivilegeEscalation`, ({ container }) => {
    delete container.securityContext.allowPrivilegeEscalation;
  }],
  ['capabilities', `${FIRST}.securityContext.capabilities.drop`, ({ container }) => {
    delete container.securityContext.capabilities;
  }],
  ['seccomp', `${FIRST}.securityContext.seccompProfile`, ({ pod }) => void delete pod.securityContext.seccompProfile],
  ['read-only', `${FIRST}.securityContext.readOnlyRootFilesystem`, ({ container }) => {
    container.securityContext.readOnlyRootFilesystem = false;
  }],
  ['host', `${POD}.hostNetwork`, ({ pod }) => void (pod.hostNetwork = true)],
  ['host', `${POD}.volumes[1].hostPath`, ({ pod }) => void pod.volumes.push({ name: 'x', hostPath: { path: '/' } })],
  ['host', `${FIRST}.ports[0].hostPort`, ({ container }) => void (container.ports[0]!.hostPort = 8080)],
  ['limits', `${FIRST}.resources.limits.memory`, ({ container }) => void delete container.resources.limits.memory],
  [
    'requests',
    `${FIRST}.resources.requests.memory`,
    ({ container }) => void (container.resources.requests.memory = '1025Mi'),
  ],
  ['mount', `${FIRST}.volumeMounts[0].name`, ({ pod }) => void pod.volumes.pop()],
  ['mount', `${FIRST}.volumeMounts[0].name`, ({ store }) => void store.spec.volumeClaimTemplates.pop()],
  ['claim', `${POD}.volumes[1].persistentVolumeClaim.claimName`, ({ pod }) => {
    pod.volumes.push({ name: 'x', persistentVolumeClaim: { claimName: 'old' } });
  }],
  ['env-name', `${FIRST}.env[0].name`, ({ container }) => void (container.env[0]!.name = 'A=B')],
  ['env-value', `${FIRST}.env[0].value`, ({ container }) => void (container.env[0]!.value = 8080 as unknown as string)],
  ['service-links', `${POD}.enableServiceLinks`, ({ pod }) => void (pod.enableServiceLinks = undefined)],
  ['token', `${POD}.automountServiceAccountToken`, ({ pod }) => void (pod.automountServiceAccountToken = true)],
];

for (const [at, [rule, path, change]] of VECTORS.entries()) {
  test(`${rule} is found at ${path}, and nothing else (${at})`, () => {
    assert.deepEqual(findings(change).map((one) => [one.rule, one.path]), [[rule, path]]);
  });
}

test('every rule has a vector', () => {
  const rules = new Set(VECTORS.map(([rule]) => rule));
  assert.deepEqual(Object.keys(RULES).filter((rule) => !rules.has(rule as RuleName)), []);
});

test('a finding says in which object, what is wrong there, and what helps', () => {
  assert.deepEqual(findings(({ container }) => void (container.image = 'web')), [{
    ...{ level: 'error', rule: 'image-tag', object: 'Deployment/web', path: `${FIRST}.image` },
    ...{ problem: '"web" may be another one tomorrow', fix: 'name a version' },
  }]);
});

test('a port below 1024 is nothing bad where the pod may have it', () => {
  const low = ({ container }: WellMade): void => void (container.ports[1]!.containerPort = 80);
  const sysctls = [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }];
  assert.deepEqual(findings((made) => (low(made), void (made.pod.securityContext.sysctls = sysctls))), []);
  const capabilities = { drop: ['ALL'], add: ['NET_BIND_SERVICE'] };
  assert.deepEqual(
    findings((made) => (low(made), void (made.container.securityContext.capabilities = capabilities))),
    [],
  );
});

test('pods are looked at wherever they are: in a Job, a CronJob, alone, and as containers of init', () => {
  const { pod, container } = wellMade();
  const spec = { ...pod, initContainers: [{ ...container, image: 'web', ports: [] }] };
  const template = { spec };
  const paths = [
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec },
    { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'b' }, spec: { template } },
    { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c' }, spec: { jobTemplate: { spec: { template } } } },
  ].map((object) => checkKubernetes([object]).map(({ path }) => path));
  assert.deepEqual(paths, [
    ['$.spec.initContainers[0].image'],
    ['$.spec.template.spec.initContainers[0].image'],
    ['$.spec.jobTemplate.spec.template.spec.initContainers[0].image'],
  ]);
});

test('Services alone are about pods of another file, and one without a selector is about none', () => {
  const { service, web } = wellMade();
  assert.deepEqual(checkKubernetes([service]), []);
  assert.deepEqual(checkKubernetes([web, { ...service, spec: { ports: [{ port: 443 }] } }]), []);
});

test('the same name in another namespace is another object, and its pods are not found from here', () => {
  const { web, service } = wellMade();
  const other = { ...service, metadata: { name: 'web', namespace: 'other' } };
  assert.deepEqual(checkKubernetes([web, service, other]), []);
  const labels = { app: 'api' };
  const elsewhere = {
    ...{ ...web, metadata: { name: 'api', namespace: 'other' } },
    spec: { selector: { matchLabels: labels }, template: { ...web.spec.template, metadata: { labels } } },
  };
  const found = checkKubernetes([web, elsewhere, other]);
  assert.deepEqual(found.map(({ rule, object }) => `${rule}: ${object}`), ['service-pods: other/Service/web']);
});

test('what is no object of Kubernetes is found, and ends nothing', () => {
  for (
    const wrong of ['text', 7, [], {}, { kind: 'Deployment', spec: [] }, {
      kind: 'Pod',
      spec: { containers: [null, 1] },
    }]
  ) {
    assert.equal(checkKubernetes([wrong])[0]!.rule, 'object', JSON.stringify(wrong));
  }
});
