/** What an app keeps, and where. */
import type { App } from './context.ts';
import { type Fields, fieldsOf, isObject, isSaid, listOf, numberOf, type Part, partsOf, show, textOf } from './read.ts';
import { type Fault, ofApps, type Rule } from './rule.ts';

const KINDS = ['hostPath', 'persistent', 'external', 'secret'] as const;

function ofVolumes(check: (volume: Part, app: App) => readonly Fault[]): Rule['check'] {
  return ofApps((app) =>
    partsOf(app.container.volumes, [...app.at, 'container', 'volumes']).flatMap((volume) => check(volume, app))
  );
}

function kindsOf(volume: Fields): string[] {
  return KINDS.filter((kind) => isSaid(volume[kind]));
}

export const volumeRules: readonly Rule[] = [
  {
    name: 'volume-kind',
    number: 25,
    description: 'A volume has a hostPath; or it is persistent, external, or a secret: one of them',
    check: ofVolumes(({ fields, at }) => {
      const kinds = kindsOf(fields);
      if (kinds.length === 1) return [];
      if (kinds.length > 1) return [{ at, found: kinds.join(' and '), fix: 'one of them' }];
      return [{
        at: [...at, 'hostPath'],
        found: 'nothing',
        fix: '"hostPath": "/…", or persistent, external, or secret',
      }];
    }),
  },
  {
    name: 'volume-mode',
    number: 25,
    description: 'A volume’s mode is RO or RW, and it is said',
    check: ofVolumes(({ fields, at }) => {
      const { mode } = fields;
      const isLeftOut = !isSaid(mode) && mode !== null;
      // Another kind of value is told elsewhere.
      if (mode === 'RO' || mode === 'RW' || !isLeftOut && typeof mode !== 'string') return [];
      if (isLeftOut && isSaid(fields.secret)) return [];
      const near = String(mode ?? '').toUpperCase();
      return [{
        at: [...at, 'mode'],
        found: show(mode),
        fix: ['RO', 'RW'].includes(near) ? show(near) : '"RO" or "RW"',
      }];
    }),
  },
  {
    name: 'volume-persistent',
    number: 25,
    description:
      'A persistent volume is in the sandbox, RW, of more than 0 MiB; maxSize is for mount, constraints not for root',
    check: ofVolumes(({ fields, at }) =>
      isObject(fields.persistent) ? [...placeFaults(fields, at), ...sizeFaults(fields, at)] : []
    ),
  },
  {
    name: 'volume-external',
    number: 25,
    description: 'An external volume has a name and a provider, and no two of an app have the same name',
    check: ofApps((app) => {
      const seen = new Set<string>();
      return partsOf(app.container.volumes, [...app.at, 'container', 'volumes']).flatMap(({ fields, at }): Fault[] => {
        if (!isObject(fields.external)) return [];
        const { external } = fields;
        const name = textOf(external.name);
        const missing = ['name', 'provider'].filter((key) => (external[key] ?? '') === '').map((key) => (
          { at: [...at, 'external', key], found: show(external[key]), fix: `"${key}": a text` }
        ));
        if (name === undefined || name === '') return missing;
        const isDouble = seen.has(name);
        seen.add(name);
        const double = { at: [...at, 'external', 'name'], found: show(name), fix: 'another name' };
        return isDouble ? [...missing, double] : missing;
      });
    }),
  },
  {
    name: 'secret-known',
    description: 'A secret that is used is one of the app’s secrets',
    check: ofApps((app) => {
      const secrets = fieldsOf(app.fields.secrets);
      const docker = fieldsOf(app.container.docker);
      const uses = [
        ...Object.entries(fieldsOf(app.fields.env)).map(([key, value]) => ({
          part: value,
          at: [...app.at, 'env', key],
        })),
        { part: docker.pullConfig, at: [...app.at, 'container', 'docker', 'pullConfig'] },
        ...partsOf(app.container.volumes, [...app.at, 'container', 'volumes']).map(({ fields, at }) => ({
          part: fields,
          at,
        })),
      ];
      return uses.flatMap(({ part, at }): Fault[] => {
        const secret = textOf(fieldsOf(part).secret);
        if (secret === undefined || Object.hasOwn(secrets, secret)) return [];
        return [{
          at: [...at, 'secret'],
          found: show(secret),
          fix: `"secrets": {${show(secret)}: {"source": "…"}} in the app`,
        }];
      });
    }),
  },
];

function placeFaults({ containerPath, mode }: Fields, at: Part['at']): Fault[] {
  const path = textOf(containerPath);
  const faults: Fault[] = [];
  if (path !== undefined && path !== '' && (path.includes('/') || path === '.' || path === '..')) {
    const name = path.split('/').findLast((one) => one !== '' && !one.startsWith('.')) ?? 'data';
    faults.push({ at: [...at, 'containerPath'], found: show(path), fix: `${show(name)}: a name in the sandbox` });
  }
  if (mode === 'RO') faults.push({ at: [...at, 'mode'], found: '"RO"', fix: '"RW"' });
  return faults;
}

function sizeFaults(volume: Fields, at: Part['at']): Fault[] {
  const { type, size, maxSize, constraints } = fieldsOf(volume.persistent);
  const place = [...at, 'persistent'];
  const faults: Fault[] = [];
  if (size === 0) faults.push({ at: [...place, 'size'], found: '0', fix: 'MiB: 1 or more' });
  if (isSaid(maxSize) && type !== 'mount') {
    faults.push({ at: [...place, 'maxSize'], found: show(maxSize), fix: 'leave it out: it is for "type": "mount"' });
  } else if ((numberOf(maxSize) ?? Infinity) <= (numberOf(size) ?? 0)) {
    faults.push({
      at: [...place, 'maxSize'],
      found: `${show(maxSize)} of ${show(size)}`,
      fix: 'more than size, or leave it out',
    });
  }
  const isOfRoot = !isSaid(type) || type === 'root';
  if (isOfRoot && listOf(constraints).length > 0) {
    faults.push({
      at: [...place, 'constraints'],
      found: show(constraints),
      fix: 'leave it out: it is for path and mount',
    });
  }
  return faults;
}
