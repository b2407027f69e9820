/** How an app is replaced by its next version. */
import type { App } from './context.ts';
import { constraintsOf } from './constraints.ts';
import { fixedPorts } from './ports.ts';
import { fieldsOf, isObject, isSaid, numberOf, partsOf, show, textOf } from './read.ts';
import { type Fault, ofApps, type Rule } from './rule.ts';

const CAPACITIES = ['minimumHealthCapacity', 'maximumOverCapacity'] as const;

/** Where nothing is said, all are to be well, and as many more may be there meanwhile. */
function capacity({ fields }: App, key: (typeof CAPACITIES)[number]): number {
  return numberOf(fieldsOf(fields.upgradeStrategy)[key]) ?? 1;
}

function instancesOf({ fields }: App): number {
  return numberOf(fields.instances) ?? 1;
}

function isSingle({ fields }: App): boolean {
  return fieldsOf(fields.labels).MARATHON_SINGLE_INSTANCE_APP === 'true';
}

export function isResident({ container }: App): boolean {
  return partsOf(container.volumes, []).some(({ fields }) => isObject(fields.persistent));
}

/** What it keeps on its machine: not sockets, nor what the kernel shows. */
function hasLocalState(app: App): boolean {
  return isResident(app) || partsOf(app.container.volumes, []).some(({ fields }) => {
    const path = textOf(fields.hostPath);
    return path !== undefined && fields.mode === 'RW' && !/\.sock$|^\/(proc|sys|dev|run|var\/run)(\/|$)/.test(path);
  });
}

export const strategyRules: readonly Rule[] = [
  {
    name: 'upgrade-range',
    number: 24,
    description: 'minimumHealthCapacity and maximumOverCapacity are from 0 to 1',
    check: ofApps(({ fields, at }) =>
      CAPACITIES.flatMap((key): Fault[] => {
        const value = numberOf(fieldsOf(fields.upgradeStrategy)[key]);
        if (value === undefined || value >= 0 && value <= 1) return [];
        return [{
          at: [...at, 'upgradeStrategy', key],
          found: show(value),
          fix: 'a part of the instances, from 0 to 1',
        }];
      })
    ),
  },
  {
    name: 'upgrade-deadlock',
    number: 24,
    description:
      'With UNIQUE, or a fixed port of the machine, minimumHealthCapacity is below 1: an old one has to go first',
    check: ofApps((app) => {
      const unique = constraintsOf(app).find(({ words }) => words[1] === 'UNIQUE');
      const why = unique ? 'UNIQUE' : fixedPorts(app).length > 0 ? 'a fixed port' : undefined;
      const value = capacity(app, 'minimumHealthCapacity');
      // Told below, with both.
      if (why === undefined || value < 1 || isKept(app)) return [];
      const said = numberOf(fieldsOf(app.fields.upgradeStrategy).minimumHealthCapacity);
      const fix = instancesOf(app) > 1 ? '0.5, or another below 1' : '0';
      const at = [...app.at, 'upgradeStrategy', 'minimumHealthCapacity'];
      return [{ at, found: `${said === undefined ? 'nothing: 1' : show(value)}, with ${why}`, fix }];
    }),
  },
  {
    name: 'upgrade-of-state',
    number: 24,
    description: 'A single instance with state on its machine is replaced, not doubled: both capacities are 0',
    check: ofApps((app) => {
      if (!isKept(app)) return [];
      return CAPACITIES.filter((key) => capacity(app, key) !== 0).map((key) => {
        const said = isSaid(fieldsOf(app.fields.upgradeStrategy)[key]);
        return {
          at: [...app.at, 'upgradeStrategy', key],
          found: said ? show(capacity(app, key)) : 'nothing: 1',
          fix: '0',
        };
      });
    }),
  },
  {
    name: 'single-instance',
    number: 24,
    description: 'An app labelled MARATHON_SINGLE_INSTANCE_APP has one instance at most',
    check: ofApps((app) => {
      if (!isSingle(app) || instancesOf(app) <= 1) return [];
      return [{ at: [...app.at, 'instances'], found: show(instancesOf(app)), fix: '1, or leave out the label' }];
    }),
  },
  {
    name: 'resident',
    number: 24,
    description: 'An app with a persistent volume is never doubled, nor replaced when its machine is not seen',
    check: ofApps((app) => {
      if (!isResident(app)) return [];
      const faults: Fault[] = [];
      const { unreachableStrategy } = app.fields;
      if (isObject(unreachableStrategy)) {
        const at = [...app.at, 'unreachableStrategy'];
        faults.push({ at, found: show(unreachableStrategy), fix: '"disabled", or leave it out' });
      }
      const over = fieldsOf(app.fields.upgradeStrategy).maximumOverCapacity;
      if (isObject(app.fields.upgradeStrategy) && over !== 0 && !isKept(app)) {
        faults.push({ at: [...app.at, 'upgradeStrategy', 'maximumOverCapacity'], found: show(over), fix: '0' });
      }
      return faults;
    }),
  },
  {
    name: 'unreachable-order',
    description: 'inactiveAfterSeconds is not more than expungeAfterSeconds',
    check: ofApps(({ fields, at }) => {
      if (!isObject(fields.unreachableStrategy)) return [];
      const { inactiveAfterSeconds, expungeAfterSeconds } = fields.unreachableStrategy;
      const [inactive, expunge] = [numberOf(inactiveAfterSeconds) ?? 0, numberOf(expungeAfterSeconds) ?? 0];
      if (inactive <= expunge) return [];
      const place = [...at, 'unreachableStrategy', 'inactiveAfterSeconds'];
      return [{ at: place, found: `${inactive}, before expunging after ${expunge}`, fix: `at most ${expunge}` }];
    }),
  },
];

/** One, which must not be there twice. */
function isKept(app: App): boolean {
  return instancesOf(app) <= 1 && hasLocalState(app) || isSingle(app);
}
