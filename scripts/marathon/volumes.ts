/**
 * What an app keeps. A named volume becomes a local persistent volume: Marathon reserves the disk, and starts the task
 * again where its volume is. A path of the agent would be the other way; then nothing keeps the task there, and after the
 * first failure a wallet is empty. Its `containerPath` has to be one name in the sandbox, so a second mount puts it where
 * the image looks for it (Marathon, Stateful Applications Using Local Persistent Volumes).
 */
import type { Application, Service } from '../lib/compose-model/model.ts';
import type { Parameter, Volume } from './api.ts';
import { type Report, tellers } from './report.ts';

/** MiB, where nothing was said: what is written cannot be known, and it can never be changed later. */
const VOLUME_MIB = 1024;

/** Whether it has a volume with a name, and so one place where it can be. */
export function hasLocalState({ mounts }: Service): boolean {
  return mounts.some(({ kind }) => kind === 'volume');
}

/** Sockets, and what the kernel shows: nothing stays there. */
const NOT_KEPT = /\.sock$|^\/(proc|sys|dev|run|var\/run)(\/|$)/;

/** Whether it writes to the disk of an agent, where a second one would write as well. */
export function writesToAgent({ mounts }: Service): boolean {
  return mounts.some((mount) =>
    mount.kind === 'bind' && mount.source.startsWith('/') && !mount.isReadOnly && !NOT_KEPT.test(mount.source)
  );
}

export interface VolumeOptions {
  readonly application: Application;
  /** MiB, by name of the volume. */
  readonly volumeSizes: ReadonlyMap<string, number>;
  readonly report: Report;
}

export function volumesOf(
  service: Service,
  { application, volumeSizes, report }: VolumeOptions,
): { readonly volumes: readonly Volume[]; readonly parameters: readonly Parameter[] } {
  const { lose, choose } = tellers(report, service);
  const persistent = new Map<string, Volume>();
  const mounted: Volume[] = [];
  const parameters: Parameter[] = [];
  for (const mount of service.mounts) {
    const { target, isReadOnly } = mount;
    const mode = isReadOnly ? 'RO' : 'RW';
    switch (mount.kind) {
      case 'volume': {
        const { name } = mount;
        const size = volumeSizes.get(name) ?? VOLUME_MIB;
        if (!persistent.has(name)) {
          if (!volumeSizes.has(name)) {
            choose('volumes', `${name} gets ${size} MiB, for good: --volume-size ${name}=MIB`);
          }
          if (application.volumes.get(name)?.isExternal) {
            lose('volumes', `${name} begins empty: what is in the volume of that name elsewhere is not brought along`);
          }
          if (application.services.some((one) => one !== service && mounts(one, name))) {
            lose('volumes', `${name} is another one in each app: a volume belongs to one task`);
          }
          persistent.set(name, { containerPath: name, mode: 'RW', persistent: { type: 'root', size } });
        }
        mounted.push({ containerPath: target, hostPath: name, mode });
        break;
      }
      case 'bind':
        if (mount.source.startsWith('/')) {
          if (isReadOnly || NOT_KEPT.test(mount.source)) {
            choose('volumes', `${mount.source} is a path of whichever agent the task is on`);
          } else {
            lose('volumes', `what is written to ${mount.source} stays on an agent when the task goes to another`);
          }
          mounted.push({ containerPath: target, hostPath: mount.source, mode });
        } else {
          lose('volumes', `${mount.source} is a path of this machine: put it into the image`);
        }
        break;
      case 'anonymous':
        lose('volumes', `${target} has no name: it is gone with each task`);
        parameters.push({ key: 'volume', value: isReadOnly ? `${target}:ro` : target });
        break;
      case 'tmpfs': {
        const options = [
          ...(mount.sizeBytes === undefined ? [] : [`size=${mount.sizeBytes}`]),
          ...(isReadOnly ? ['ro'] : []),
        ];
        parameters.push({
          key: 'tmpfs',
          value: [target, ...(options.length > 0 ? [options.join(',')] : [])].join(':'),
        });
        break;
      }
    }
  }
  return { volumes: [...persistent.values(), ...mounted], parameters };
}

function mounts(service: Service, name: string): boolean {
  return service.mounts.some((mount) => mount.kind === 'volume' && mount.name === name);
}
