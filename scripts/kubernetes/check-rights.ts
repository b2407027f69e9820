/** What pods may do: the standard that Kubernetes calls restricted, and ports that only root may have. */
import { type Container, containersOf, fieldsOf, type FoundPods, listOf } from './found.ts';
import type { Fields } from './objects.ts';
import type { Tell } from './rules.ts';

const HOST_KEYS = ['hostNetwork', 'hostPID', 'hostIPC'];
const LOW_PORTS_SYSCTL = 'net.ipv4.ip_unprivileged_port_start';

export function checkRights(pods: FoundPods, tell: Tell): void {
  const { path, spec } = pods;
  for (const key of HOST_KEYS) {
    if (spec[key] === true) tell('host', `${path}.spec.${key}`, 'it shares that with its node');
  }
  for (const [at, volume] of listOf(spec.volumes).map(fieldsOf).entries()) {
    if (volume.hostPath !== undefined) {
      tell('host', `${path}.spec.volumes[${at}].hostPath`, 'it has a folder of its node');
    }
  }
  for (const container of containersOf(pods, ['initContainers', 'containers'])) {
    checkContainer(container, fieldsOf(spec.securityContext), tell);
  }
}

/** What a container says counts before what its pod says. */
function checkContainer(container: Container, pod: Fields, tell: Tell): void {
  const own = fieldsOf(container.fields.securityContext);
  const path = `${container.path}.securityContext`;
  const user = own.runAsUser ?? pod.runAsUser;
  const isHeld = (own.runAsNonRoot ?? pod.runAsNonRoot) === true;
  if (!isHeld || user === 0) {
    tell(
      'non-root',
      `${path}.${user === 0 ? 'runAsUser' : 'runAsNonRoot'}`,
      user === 0 ? 'it is root' : 'it may be root',
    );
  }
  if (own.privileged === true) tell('privileged', `${path}.privileged`, 'it is root on its node');
  if (own.allowPrivilegeEscalation !== false) {
    tell('privilege-escalation', `${path}.allowPrivilegeEscalation`, 'a program in it may become root');
  }
  const capabilities = fieldsOf(own.capabilities);
  if (!listOf(capabilities.drop).includes('ALL')) {
    tell('capabilities', `${path}.capabilities.drop`, 'it keeps what root may do');
  }
  const { type } = fieldsOf(own.seccompProfile ?? pod.seccompProfile);
  if (type !== 'RuntimeDefault' && type !== 'Localhost') {
    tell('seccomp', `${path}.seccompProfile`, 'it may make every call to the kernel');
  }
  if (own.readOnlyRootFilesystem !== true) {
    tell('read-only', `${path}.readOnlyRootFilesystem`, 'what is written into it is gone with it');
  }
  for (const [at, { hostPort }] of container.ports.entries()) {
    if (hostPort !== undefined) tell('host', `${container.path}.ports[${at}].hostPort`, 'one pod a node may have it');
  }
  const mayBind = listOf(capabilities.add).includes('NET_BIND_SERVICE');
  if (isHeld && !mayBind) checkLowPorts(container, pod, tell);
}

function checkLowPorts({ fields, path, ports }: Container, pod: Fields, tell: Tell): void {
  const sysctls = listOf(pod.sysctls).map(fieldsOf);
  const first = Number(sysctls.find(({ name }) => name === LOW_PORTS_SYSCTL)?.value ?? 1024);
  const isLow = (port: unknown): boolean => Number(port) > 0 && Number(port) < first;
  for (const [at, { containerPort }] of ports.entries()) {
    if (isLow(containerPort)) {
      tell('low-port', `${path}.ports[${at}].containerPort`, `${containerPort} is for root only`);
    }
  }
  for (const [at, { name, value }] of listOf(fields.env).map(fieldsOf).entries()) {
    if (name === 'PORT' && isLow(value)) tell('low-port', `${path}.env[${at}].value`, `PORT=${value} is for root only`);
  }
}
