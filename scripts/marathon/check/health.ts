/** How Marathon finds out whether an app is well. */
import type { App } from './context.ts';
import { type Fields, fieldsOf, isSaid, numberOf, type Part, show, textOf } from './read.ts';
import { type Fault, ofApps, type Rule } from './rule.ts';
import { countPorts } from './ports.ts';

/** Asked by Marathon itself, over the network. */
const ASKED_BY_MARATHON = ['HTTP', 'HTTPS', 'TCP'];

/** Asked by Mesos, beside the task. */
export const ASKED_BESIDE = ['MESOS_HTTP', 'MESOS_HTTPS', 'MESOS_TCP'];

/** What is asked for, with Marathon’s default. */
export function protocolOf(check: Fields): string {
  return textOf(check.protocol) ?? (isSaid(check.command) ? 'COMMAND' : 'HTTP');
}

function isByMarathon({ fields }: Part): boolean {
  return ASKED_BY_MARATHON.includes(protocolOf(fields));
}

/** Images that speak no HTTP, and a command that tells how they are. */
const NO_HTTP: Readonly<Record<string, string>> = {
  redis: 'redis-cli ping',
  valkey: 'valkey-cli ping',
  postgres: 'pg_isready -U postgres',
  mysql: 'mysqladmin ping',
  mariadb: 'healthcheck.sh --connect',
  mongo: 'mongosh --eval 1',
  memcached: '',
};

const DEFAULTS = { gracePeriodSeconds: 300, intervalSeconds: 60, timeoutSeconds: 20 } as const;

/** A check of each health check. */
function ofHealthChecks(check: (part: Part, app: App) => readonly Fault[]): Rule['check'] {
  return ofApps((app) => app.healthChecks.flatMap((part) => check(part, app)));
}

export const healthRules: readonly Rule[] = [
  {
    name: 'check-by-marathon',
    number: 17,
    description: 'Health is asked by Mesos: HTTP, HTTPS and TCP are asked by Marathon itself, and deprecated',
    check: ofApps(({ healthChecks }) =>
      // Mixed ones are told below.
      healthChecks.every(isByMarathon) ? healthChecks.map(byMesos) : []
    ),
  },
  {
    name: 'checks-mixed',
    number: 17,
    description: 'All health checks of an app are asked by Mesos, or all by Marathon',
    check: ofApps(({ healthChecks }) =>
      healthChecks.every(isByMarathon) ? [] : healthChecks.filter(isByMarathon).map(byMesos)
    ),
  },
  {
    name: 'check-one-of-mesos',
    number: 17,
    description: 'An app has one MESOS_HTTP, MESOS_HTTPS or MESOS_TCP check at most',
    check: ofApps(({ healthChecks }) =>
      healthChecks.filter(({ fields }) => ASKED_BESIDE.includes(protocolOf(fields))).slice(1).map(({ fields, at }) => (
        { at, found: `another: ${protocolOf(fields)}`, fix: 'leave out all but one' }
      ))
    ),
  },
  {
    name: 'check-port-index',
    number: 19,
    description: 'portIndex is the place of a port that there is, from 0',
    check: ofApps((app) => {
      if (app.mode === undefined) return [];
      const count = countPorts(app);
      const check = fieldsOf(app.fields.check);
      const asked: Part[] = ['http', 'tcp'].filter((kind) => isSaid(check[kind]))
        .map((kind) => ({ fields: fieldsOf(check[kind]), at: [...app.at, 'check', kind] }));
      const byPort = app.healthChecks.filter(({ fields }) => protocolOf(fields) !== 'COMMAND');
      return [...byPort, ...asked].flatMap(({ fields, at }): Fault[] => {
        const index = numberOf(fields.portIndex) ?? (isSaid(fields.port) ? -1 : 0);
        if (index < count || !Number.isInteger(index)) return [];
        const found = `${isSaid(fields.portIndex) ? show(index) : 'nothing: 0'} of ${count}`;
        const fix = count === 0 ? 'a port in the app, or a COMMAND check' : count === 1 ? '0' : `0 to ${count - 1}`;
        return [{ at: [...at, 'portIndex'], found, fix }];
      });
    }),
  },
  {
    name: 'check-kills-at-once',
    number: 19,
    description: 'What Mesos asks has failures to spare: with maxConsecutiveFailures 0 the first one kills',
    check: ofHealthChecks(({ fields, at }) => {
      if (fields.maxConsecutiveFailures !== 0 || !ASKED_BESIDE.includes(protocolOf(fields))) return [];
      return [{
        at: [...at, 'maxConsecutiveFailures'],
        found: '0',
        fix: '3, or how many may fail one after the other',
      }];
    }),
  },
  {
    name: 'check-timing',
    number: 20,
    description: 'A health check says its times: left out they are 300 s of grace, every 60 s, 20 s each',
    check: ofHealthChecks(({ fields, at }) =>
      Object.entries(DEFAULTS).filter(([key]) => !isSaid(fields[key])).map(([key, seconds]) => (
        { at: [...at, key], found: `nothing: ${seconds}`, fix: `"${key}": as fast as the app is, such as ${FAST[key]}` }
      ))
    ),
  },
  {
    name: 'check-command',
    number: 20,
    description: 'A COMMAND check is {"command": {"value": "…"}} without path and port, and no other has a command',
    check: ofHealthChecks(({ fields, at }): Fault[] => {
      const protocol = protocolOf(fields);
      if (protocol !== 'COMMAND') {
        if (!isSaid(fields.command)) return [];
        return [{
          at: [...at, 'protocol'],
          found: `${protocol}, with a command`,
          fix: '"COMMAND", or leave out the command',
        }];
      }
      if (!isSaid(fields.command)) {
        return [{ at: [...at, 'command'], found: 'nothing', fix: '"command": {"value": "…"}' }];
      }
      if (!isSaid(fields.protocol)) return [{ at: [...at, 'protocol'], found: 'nothing: HTTP', fix: '"COMMAND"' }];
      return ['path', 'port'].filter((key) => isSaid(fields[key])).map((key) => ({
        ...{ at: [...at, key], found: show(fields[key]), fix: 'leave it out: a command needs none' },
      }));
    }),
  },
  {
    name: 'check-of-image',
    number: 20,
    description: 'No HTTP check asks what speaks no HTTP, such as redis',
    check: ofHealthChecks(({ fields, at }, { container }) => {
      const image = textOf(fieldsOf(container.docker).image) ?? '';
      const name = image.replace(/@.*$/, '').split('/').at(-1)!.replace(/:.*$/, '');
      if (!/HTTP/.test(protocolOf(fields)) || !Object.hasOwn(NO_HTTP, name)) return [];
      const command = NO_HTTP[name] === '' ? '' : `, or COMMAND with ${show(NO_HTTP[name])}`;
      return [{ at: [...at, 'protocol'], found: `${protocolOf(fields)} for ${name}`, fix: `"MESOS_TCP"${command}` }];
    }),
  },
];

const FAST: Readonly<Record<string, number>> = { gracePeriodSeconds: 15, intervalSeconds: 5, timeoutSeconds: 3 };

function byMesos({ fields, at }: Part): Fault {
  const found = isSaid(fields.protocol) ? show(fields.protocol) : 'nothing: HTTP';
  return { at: [...at, 'protocol'], found, fix: `"MESOS_${protocolOf(fields)}"` };
}
