/** The ports by which a load balancer knows apps, and what an app is told about its ports. */
import type { App } from './context.ts';
import { isMapped } from './mode.ts';
import type { Path } from './path.ts';
import { fieldsOf, isSaid, numberOf, show, textOf, textsOf } from './read.ts';
import { type Fault, ofApps, type Rule } from './rule.ts';
import { portsOf } from './ports.ts';

/** What marathon-lb has open. */
const BALANCED = { least: 10_000, most: 10_100 } as const;

/** What is read for oneself; with $HOST before it, it is told to others, who want the machine's. */
const READ: Readonly<Record<string, RegExp>> = {
  PORT: /(?<!HOST\}?:)\$(PORT(?!\w)|\{PORT[}:])/,
  PORT0: /(?<!HOST\}?:)\$(PORT0(?!\w)|\{PORT0[}:])/,
};

interface ServicePort {
  readonly port: number;
  readonly index: number;
  readonly at: Path;
}

/** Those that were chosen; in host networking the port of a definition is one. */
function servicePorts(app: App): ServicePort[] {
  const key = isMapped(app) ? 'servicePort' : 'port';
  return portsOf(app).flatMap((part, index) => {
    const port = numberOf(part.fields[key]);
    return port === undefined || port === 0 ? [] : [{ port, index, at: [...part.at, key] }];
  });
}

export const servicePortRules: readonly Rule[] = [
  {
    name: 'service-port-unique',
    number: 14,
    description: 'A servicePort is there once in the cluster; 0 is one that Marathon chooses',
    check: ({ apps }) => {
      const seen = new Map<number, string>();
      return apps.flatMap((app) =>
        servicePorts(app).flatMap(({ port, at }): Fault[] => {
          const other = seen.get(port);
          if (other === undefined) seen.set(port, app.id ?? 'another app');
          return other === undefined ? [] : [{ at, found: show(port), fix: `0, or one that ${other} has not` }];
        })
      );
    },
  },
  {
    name: 'service-port-range',
    number: 14,
    description: `marathon-lb, asked by HAPROXY_GROUP, has servicePorts ${BALANCED.least}-${BALANCED.most}`,
    check: ofApps((app) => {
      const labels = fieldsOf(app.fields.labels);
      if (!isSaid(labels.HAPROXY_GROUP)) return [];
      return servicePorts(app)
        // What is found by the name of its host is at 80 and 443.
        .filter(({ index }) => !isSaid(labels[`HAPROXY_${index}_VHOST`]) && !isSaid(labels[`HAPROXY_${index}_PORT`]))
        .filter(({ port }) => port < BALANCED.least || port > BALANCED.most)
        .map(({ port, at }) => ({
          at,
          found: show(port),
          fix: `one from ${BALANCED.least} to ${BALANCED.most}, or 0`,
        }));
    }),
  },
  {
    name: 'port-variable',
    number: 26,
    description:
      'With mapped ports PORT is a port of the machine, unless env says it: an app that reads it listens elsewhere',
    check: ofApps((app) => {
      const ports = app.mappings.map(({ fields }) => numberOf(fields.containerPort) ?? 0);
      if (isMapped(app) !== true || ports.length === 0 || ports.includes(0)) return [];
      const env = fieldsOf(app.fields.env);
      const lines = [textOf(app.fields.cmd) ?? '', ...textsOf(app.fields.args, []).map(({ text }) => text)];
      return Object.entries(READ).flatMap(([name, isRead]): Fault[] => {
        const value = env[name];
        const isWrong = typeof value === 'string' && !ports.includes(Number(value));
        const isMissing = !isSaid(value) && lines.some((line) => isRead.test(line));
        if (!isWrong && !isMissing) return [];
        const found = isWrong ? `${show(value)}, which no containerPort is` : 'nothing, and the command reads it';
        return [{ at: [...app.at, 'env', name], found, fix: show(String(ports[0])) }];
      });
    }),
  },
];
