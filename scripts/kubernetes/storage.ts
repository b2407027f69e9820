/** What a pod keeps: a claim for a volume that has a name, memory for tmpfs, and nothing of the machine it is on. */
import type { Application, Mount } from '../lib/compose-model/model.ts';
import { Names, toDnsLabel } from './names.ts';
import { type Fields, filled, type Part } from './objects.ts';
import { bytes } from './resources.ts';

export interface Storage {
  /** `volumes` of the pod. */
  readonly volumes: readonly Fields[];
  /** `volumeMounts` of the container. */
  readonly mounts: readonly Fields[];
  /** `volumeClaimTemplates`. */
  readonly claims: readonly Fields[];
}

export interface StorageOptions {
  readonly application: Application;
  /** Of each claim: a Compose file has no sizes. */
  readonly volumeSize: string;
}

/** Whether a service keeps something that has a name: it gets the same again after each start. */
export function keepsVolumes({ mounts }: { readonly mounts: readonly Mount[] }): boolean {
  return mounts.some(({ kind }) => kind === 'volume');
}

export function storageOf(part: Part, { application, volumeSize }: StorageOptions): Storage {
  const { service, lose } = part;
  const volumes = new Map<string, Fields>();
  const claims = new Map<string, Fields>();
  const mounts: Fields[] = [];
  const names = new Names();
  const taken = new Set<string>();
  for (const [at, mount] of service.mounts.entries()) {
    const name = mount.kind === 'volume' ? toDnsLabel(mount.name) : `${mount.kind}-${at}`;
    const source = mount.kind === 'volume' ? mount.name : mount.target;
    if (!taken.has(source)) names.take(name, `the volume ${source} of ${service.name}`, mount.at);
    taken.add(source);
    switch (mount.kind) {
      case 'bind':
        lose('volumes', `${mount.source} is of this machine: a pod may be on any; put it into the image`, mount.at);
        continue;
      case 'anonymous':
        lose('volumes', `${mount.target} has no name: it is gone with its pod`, mount.at);
        volumes.set(name, { name, emptyDir: {} });
        break;
      case 'tmpfs':
        volumes.set(name, { name, emptyDir: filled({ medium: 'Memory', sizeLimit: bytes(mount.sizeBytes) }) });
        break;
      case 'volume':
        if (application.volumes.get(mount.name)?.isExternal) {
          lose('volumes', `${mount.name} is external: a claim ${name} has to be there`, mount.at);
          volumes.set(name, { name, persistentVolumeClaim: { claimName: name } });
        } else if (service.isGlobal) {
          lose('volumes', `${mount.name} is on each node, and gone with its pod: a DaemonSet claims nothing`, mount.at);
          volumes.set(name, { name, emptyDir: {} });
        } else {
          tellShared(part, { application, mount });
          claims.set(name, claim(name, volumeSize));
        }
        break;
    }
    mounts.push({ name, mountPath: mount.target, ...(mount.isReadOnly ? { readOnly: true } : {}) });
  }
  return { volumes: [...volumes.values()], mounts, claims: [...claims.values()] };
}

function claim(name: string, storage: string): Fields {
  return { metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } } };
}

interface SharedOptions {
  readonly application: Application;
  readonly mount: Extract<Mount, { kind: 'volume' }>;
}

/** In Compose all who name a volume have the same one. */
function tellShared({ service, replicas, lose }: Part, { application, mount }: SharedOptions): void {
  const others = application.services.filter((one) =>
    one !== service && one.mounts.some((other) => other.kind === 'volume' && other.name === mount.name)
  );
  if (others.length > 0) {
    const names = others.map(({ name }) => name).join(', ');
    lose('volumes', `${mount.name} is not shared with ${names}: each has a claim of its own`, mount.at);
  }
  if (replicas > 1) lose('volumes', `${mount.name}: each of the ${replicas} has a claim of its own`, mount.at);
}
