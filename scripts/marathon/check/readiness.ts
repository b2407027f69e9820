/** Checks that are seen from inside the task, checks before a deployment goes on, and `check`. */
import type { App } from './context.ts';
import { ASKED_BESIDE, protocolOf } from './health.ts';
import { isMapped } from './mode.ts';
import { portsOf } from './ports.ts';
import { fieldsOf, isObject, isSaid, numberOf, partsOf, show, textOf, textsOf } from './read.ts';
import { type Fault, ofApps, type Rule } from './rule.ts';

/** Marathon’s own for a readiness check. */
const DEFAULTS = { interval: 30, timeout: 10, portName: 'http-api' } as const;

export const readinessRules: readonly Rule[] = [
  {
    name: 'check-from-inside',
    number: 18,
    description: 'MESOS_* checks ask within the task’s network: a port of the container, at 127.0.0.1',
    check: ofApps((app) => [...portsOutside(app), ...boundElsewhere(app)]),
  },
  {
    name: 'check-ip-protocol',
    description: 'IPv6 is for MESOS_* checks of containers of Docker’s',
    check: ofApps(({ healthChecks, container, fields: app }) =>
      healthChecks.filter(({ fields }) => fields.ipProtocol === 'IPv6').flatMap(({ fields, at }): Fault[] => {
        const isDocker = isObject(app.container) && (container.type ?? 'DOCKER') === 'DOCKER';
        if (isDocker && ASKED_BESIDE.includes(protocolOf(fields))) return [];
        return [{
          at: [...at, 'ipProtocol'],
          found: '"IPv6"',
          fix: 'leave it out, or MESOS_HTTP and container.type "DOCKER"',
        }];
      })
    ),
  },
  {
    name: 'readiness-one',
    number: 21,
    description: 'An app has one readiness check at most',
    check: ofApps(({ fields, at }) =>
      partsOf(fields.readinessChecks, [...at, 'readinessChecks']).slice(1).map((one) => (
        { at: one.at, found: 'another one', fix: 'leave out all but one' }
      ))
    ),
  },
  {
    name: 'readiness-port',
    number: 21,
    description: 'portName of a readiness check is the name of a port of the app',
    check: ofApps((app) => {
      const names = portsOf(app).flatMap(({ fields }) => textOf(fields.name) ?? []);
      return partsOf(app.fields.readinessChecks, [...app.at, 'readinessChecks']).flatMap(({ fields, at }): Fault[] => {
        const name = textOf(fields.portName) ?? DEFAULTS.portName;
        if (names.includes(name)) return [];
        const found = isSaid(fields.portName) ? show(fields.portName) : `nothing: ${name}`;
        const fix = names.length === 0 ? `a port with "name": ${show(name)}` : `one of ${names.map(show).join(', ')}`;
        return [{ at: [...at, 'portName'], found, fix }];
      });
    }),
  },
  {
    name: 'readiness-timing',
    number: 21,
    description: 'timeoutSeconds of a readiness check is at least 1, and less than intervalSeconds',
    check: ofApps((app) =>
      partsOf(app.fields.readinessChecks, [...app.at, 'readinessChecks']).flatMap(({ fields, at }): Fault[] => {
        const interval = numberOf(fields.intervalSeconds) ?? DEFAULTS.interval;
        const timeout = numberOf(fields.timeoutSeconds) ?? DEFAULTS.timeout;
        if (timeout < interval && timeout >= 1 && Number.isInteger(timeout)) return [];
        const fix = interval > 1
          ? `a whole number from 1 to ${Math.ceil(interval) - 1}`
          : 'an interval of 2 or more, too';
        return [{ at: [...at, 'timeoutSeconds'], found: `${timeout} of ${interval}`, fix }];
      })
    ),
  },
  {
    name: 'check-not-docker',
    number: 21,
    description: 'check is not for containers of Docker’s',
    check: ofApps(({ fields, at, container }) => {
      if (!isSaid(fields.check) || !isObject(fields.container) || container.type === 'MESOS') return [];
      return [{ at: [...at, 'check'], found: 'with type DOCKER', fix: 'a readinessCheck, or container.type "MESOS"' }];
    }),
  },
  {
    name: 'check-kind',
    number: 21,
    description: 'check is one of http, tcp and exec, and exec has a shell or an argv',
    check: ofApps(({ fields, at }): Fault[] => {
      if (!isObject(fields.check)) return [];
      const kinds = ['http', 'tcp', 'exec'].filter((kind) => isSaid(fieldsOf(fields.check)[kind]));
      const place = [...at, 'check'];
      if (kinds.length !== 1) {
        return [{ at: place, found: kinds.join(' and ') || 'none', fix: 'one of http, tcp and exec' }];
      }
      const { command } = fieldsOf(fields.check.exec);
      if (!isObject(command) || isSaid(command.shell) !== isSaid(command.argv)) return [];
      const found = isSaid(command.shell) ? 'both' : 'none';
      return [{ at: [...place, 'exec', 'command'], found, fix: '{"shell": "…"} or {"argv": ["…"]}' }];
    }),
  },
];

/** A port of the machine, or of the balancer, asked where only those of the container are. */
function portsOutside(app: App): Fault[] {
  if (isMapped(app) !== true) return [];
  const inside = app.mappings.map(({ fields }) => fields.containerPort);
  return app.healthChecks.filter(({ fields }) => ASKED_BESIDE.includes(protocolOf(fields))).flatMap(
    ({ fields, at }) => {
      const { port } = fields;
      if (typeof port !== 'number' || port === 0 || inside.includes(port)) return [];
      const mapping = app.mappings.find((one) => one.fields.hostPort === port || one.fields.servicePort === port);
      if (!mapping) return [];
      const what = mapping.fields.hostPort === port ? 'hostPort' : 'servicePort';
      return [{
        at: [...at, 'port'],
        found: `${port}, a ${what}`,
        fix: `${show(mapping.fields.containerPort)}, or portIndex`,
      }];
    },
  );
}

const BOUND = /((bind|listen)(-?addr(ess)?)?|(?<![\w-])--?host)[=: ]\s*["']?\$\{?HOST\b/i;

/** `--bind $HOST`: an address of the machine, and Mesos asks 127.0.0.1. */
function boundElsewhere(app: App): Fault[] {
  if (!app.healthChecks.some(({ fields }) => ASKED_BESIDE.includes(protocolOf(fields)))) return [];
  const cmd = textOf(app.fields.cmd);
  const lines = [
    ...(cmd === undefined ? [] : [{ text: cmd, at: [...app.at, 'cmd'] }]),
    ...textsOf(app.fields.args, [...app.at, 'args']),
  ];
  return lines.filter(({ text }) => BOUND.test(text)).map((
    { text, at },
  ) => ({
    ...{ at, found: show(text), fix: '0.0.0.0 instead of $HOST: Mesos asks 127.0.0.1' },
  }));
}
