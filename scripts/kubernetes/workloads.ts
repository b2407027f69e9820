/**
 * What runs the pods of a service: a Deployment; a StatefulSet where it keeps volumes, so that no two are at one claim and each
 * gets its own again; a DaemonSet where it is on every node.
 */
import { containerOf } from './container.ts';
import type { AllLabels } from './labels.ts';
import { type Fields, filled, type KubernetesObject, type Part } from './objects.ts';
import type { Ports } from './ports.ts';
import { probesOf } from './probes.ts';
import { resourcesOf } from './resources.ts';
import { hostAliasesOf, securityOf } from './security.ts';
import { governingName } from './services.ts';
import { keepsVolumes, type Storage, storageOf, type StorageOptions } from './storage.ts';

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

export function kindOf({ service }: Part): WorkloadKind {
  if (service.isGlobal) return 'DaemonSet';
  return keepsVolumes(service) ? 'StatefulSet' : 'Deployment';
}

/** The new one is there before the old one goes. */
const NEW_FIRST = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } as const;

/** Of Compose, which kills what has not ended by then. */
const STOP_GRACE_MS = 10_000;

export interface WorkloadOptions extends StorageOptions {
  readonly ports: Ports;
  readonly labels: AllLabels;
}

export function workloadOf(part: Part, { ports, labels: all, ...options }: WorkloadOptions): KubernetesObject {
  const kind = kindOf(part);
  const { selector, own, said, annotations } = all;
  const labels = { ...said, ...own };
  const storage = storageOf(part, options);
  const template = {
    metadata: filled({ labels, annotations }),
    spec: podOf(part, ports, storage),
  };
  const common = { selector: { matchLabels: selector }, template };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: part.name, labels, ...filled({ annotations }) },
    spec: specOf(kind, part, { common, storage }),
  };
}

interface Made {
  readonly common: Fields;
  readonly storage: Storage;
}

function specOf(kind: WorkloadKind, { name, replicas }: Part, { common, storage }: Made): Fields {
  switch (kind) {
    case 'Deployment':
      return { replicas, strategy: NEW_FIRST, ...common };
    case 'DaemonSet':
      return { updateStrategy: NEW_FIRST, ...common };
    case 'StatefulSet':
      return filled({
        ...{ replicas, serviceName: governingName(name), updateStrategy: { type: 'RollingUpdate' } },
        ...common,
        volumeClaimTemplates: storage.claims,
      });
  }
}

function podOf(part: Part, ports: Ports, storage: Storage): Fields {
  const { service } = part;
  const security = securityOf(part, ports, { keeps: keepsVolumes(service) });
  return filled({
    // Each of them would be a variable REDIS_PORT=tcp://…, which programs take for a setting.
    enableServiceLinks: false,
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: Math.ceil((service.stopGraceMs ?? STOP_GRACE_MS) / 1000),
    hostAliases: hostAliasesOf(part),
    securityContext: security.pod,
    containers: [filled({
      ...containerOf(part),
      ports: ports.listening.map(({ name, port, protocol }) => ({
        ...{ name, containerPort: port, protocol: protocol.toUpperCase() },
      })),
      ...probesOf(part, ports),
      resources: resourcesOf(part),
      securityContext: security.container,
      volumeMounts: storage.mounts,
    })],
    volumes: storage.volumes,
  });
}
