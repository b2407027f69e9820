/** Pods: what their containers run, ask, mount and may do. */
import { checkRights } from './check-rights.ts';
import { hasPort, type Sight } from './check-services.ts';
import { type Container, containersOf, fieldsOf, type FoundPods, listOf, textOf } from './found.ts';
import { isVariableName } from './names.ts';
import type { Fields } from './objects.ts';
import { parseQuantity } from './quantity.ts';
import type { Tell } from './rules.ts';

export function checkPods(pods: FoundPods, { found, tell }: Sight): void {
  const { owner, path, spec } = pods;
  checkRights(pods, tell);
  checkPortNames(pods, tell);
  for (const container of containersOf(pods, ['initContainers', 'containers'])) {
    checkImage(container, tell);
    checkVariables(container, tell);
    checkResources(container, tell);
    checkMounts(container, { pods, tell });
  }
  for (const container of containersOf(pods)) checkProbes(container, { pods, tell });
  for (const [at, volume] of listOf(spec.volumes).map(fieldsOf).entries()) {
    const { claimName } = fieldsOf(volume.persistentVolumeClaim);
    const isThere = found.some(({ kind, name, namespace }) =>
      kind === 'PersistentVolumeClaim' && name === claimName && namespace === owner.namespace
    );
    if (claimName === undefined || isThere) continue;
    const place = `${path}.spec.volumes[${at}].persistentVolumeClaim.claimName`;
    tell('claim', place, `there is no claim ${JSON.stringify(claimName)} in this file`);
  }
  if (spec.enableServiceLinks !== false) {
    tell('service-links', `${path}.spec.enableServiceLinks`, 'Services become variables of it');
  }
  if (spec.automountServiceAccountToken !== false) {
    tell('token', `${path}.spec.automountServiceAccountToken`, 'it gets a token for the API of the cluster');
  }
}

function checkPortNames(pods: FoundPods, tell: Tell): void {
  const seen = new Set<unknown>();
  for (const { path, ports } of containersOf(pods)) {
    for (const [at, { name }] of ports.entries()) {
      if (name === undefined) continue;
      const isName = /^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/.test(String(name)) && String(name).length <= 15;
      if (!isName || seen.has(name)) {
        tell(
          'port-name',
          `${path}.ports[${at}].name`,
          `${JSON.stringify(name)} ${isName ? 'is there twice' : 'is none'}`,
        );
      }
      seen.add(name);
    }
  }
}

function checkImage({ fields, path }: Container, tell: Tell): void {
  const image = textOf(fields.image) ?? '';
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return;
  const tag = /:([\w][\w.-]*)$/.exec(image)?.[1];
  if (tag === undefined || tag === 'latest') {
    tell('image-tag', `${path}.image`, `${JSON.stringify(image)} may be another one tomorrow`);
  } else {
    tell('image-digest', `${path}.image`, `${image} has no digest`);
  }
}

function checkVariables({ fields, path }: Container, tell: Tell): void {
  for (const [at, { name, value }] of listOf(fields.env).map(fieldsOf).entries()) {
    if (!isVariableName(String(name))) {
      tell('env-name', `${path}.env[${at}].name`, `${JSON.stringify(name)} is no name of a variable`);
    }
    if (value !== undefined && value !== null && typeof value !== 'string') {
      tell('env-value', `${path}.env[${at}].value`, `${name}: ${JSON.stringify(value)} is no text`);
    }
  }
}

function checkResources({ fields, path }: Container, tell: Tell): void {
  const [limits, requests] = ['limits', 'requests'].map((key) => fieldsOf(fieldsOf(fields.resources)[key]));
  if (limits!.memory === undefined) tell('limits', `${path}.resources.limits.memory`, 'its memory has no limit');
  for (const [key, wanted] of Object.entries(requests!)) {
    if (limits![key] === undefined || !(parseQuantity(wanted) > parseQuantity(limits![key]))) continue;
    tell('requests', `${path}.resources.requests.${key}`, `${wanted} is more than the limit, ${limits![key]}`);
  }
}

interface InPod {
  readonly pods: FoundPods;
  readonly tell: Tell;
}

function checkMounts({ fields, path }: Container, { pods: { owner, spec }, tell }: InPod): void {
  const claims = owner.kind === 'StatefulSet' ? listOf(owner.spec.volumeClaimTemplates) : [];
  const names = [
    ...listOf(spec.volumes).map((one) => fieldsOf(one).name),
    ...claims.map((one) => fieldsOf(fieldsOf(one).metadata).name),
  ];
  for (const [at, { name }] of listOf(fields.volumeMounts).map(fieldsOf).entries()) {
    if (!names.includes(name)) {
      tell('mount', `${path}.volumeMounts[${at}].name`, `there is no volume ${JSON.stringify(name)}`);
    }
  }
}

const PROBES = ['startupProbe', 'readinessProbe', 'livenessProbe'];

function checkProbes({ fields, path, ports }: Container, { pods: { owner }, tell }: InPod): void {
  for (const probe of PROBES) {
    for (const action of ['httpGet', 'tcpSocket', 'grpc']) {
      const asked = fieldsOf(fieldsOf(fields[probe])[action]) as Fields;
      if (asked.port === undefined || hasPort(ports, asked.port)) continue;
      tell('probe-port', `${path}.${probe}.${action}.port`, `the container has no port ${JSON.stringify(asked.port)}`);
    }
  }
  const isAsked = ports.length === 0 || fields.readinessProbe !== undefined || /Job$/.test(owner.kind);
  if (!isAsked) tell('probes', `${path}.readinessProbe`, 'nothing tells when it should get requests');
}
