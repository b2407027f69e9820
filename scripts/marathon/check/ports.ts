/** Which ports an app has, of its own and of its machine. */
import type { App } from './context.ts';
import { isMapped } from './mode.ts';
import type { Path } from './path.ts';
import { fieldsOf, isSaid, listOf, numberOf, type Part, show, textOf, textsOf } from './read.ts';
import { type Fault, ofApps, type Rule } from './rule.ts';

/** What agents offer unless they are told otherwise (Mesos: --resources). */
const OFFER = { least: 31_000, most: 32_000 } as const;

/** Where ports of the app stand, or would stand. */
export function portsOf(app: App): readonly Part[] {
  return isMapped(app) ? app.mappings : app.definitions;
}

/** How many there are, with the one that Marathon adds where nothing is said. */
export function countPorts({ fields, container, mode }: App): number {
  const old = listOf(fields.ports).length;
  const lists = mode === 'host'
    ? [fields.portDefinitions, fields.ports]
    : [container.portMappings, fieldsOf(container.docker).portMappings];
  if (!lists.some(isSaid)) return Math.max(1, mode === 'host' ? 0 : old);
  return Math.max(...lists.map((list) => listOf(list).length), mode === 'host' ? 0 : old);
}

/** Ports of the machine that the app wants by their number. */
export function fixedPorts(
  { fields, definitions, mappings, mode }: App,
): { readonly port: number; readonly at: Path }[] {
  const isAsked = mode === 'host' && fields.requirePorts === true;
  const [parts, key] = mode === 'host' ? [isAsked ? definitions : [], 'port'] : [mappings, 'hostPort'];
  return parts.flatMap((part) => {
    const port = numberOf(part.fields[key]);
    return port === undefined || port === 0 ? [] : [{ port, at: [...part.at, key] }];
  });
}

export const portRules: readonly Rule[] = [
  {
    name: 'port-mappings-mode',
    number: 10,
    description: 'portMappings never stand beside host networking, which nothing said is too',
    check: ofApps((app) => {
      const { mode, mappings, container, at, fields } = app;
      if (mode !== 'host' || mappings.length === 0) return [];
      const found = `${mappings.length} with ${isSaid(fields.networks) ? 'a host network' : 'no networks: host'}`;
      const place = listOf(container.portMappings).length > 0 ? ['portMappings'] : ['docker', 'portMappings'];
      return [{
        at: [...at, 'container', ...place],
        found,
        fix: '"networks": [{"mode": "container/bridge"}], or portDefinitions',
      }];
    }),
  },
  {
    name: 'port-definitions-mode',
    number: 10,
    description: 'portDefinitions stand beside host networking only',
    check: ofApps(({ mode, definitions, at }) => {
      if (mode === undefined || mode === 'host' || definitions.length === 0) return [];
      const found = `${definitions.length} with ${mode}`;
      return [{
        at: [...at, 'portDefinitions'],
        found,
        fix: 'container.portMappings, with containerPort and "hostPort": 0',
      }];
    }),
  },
  {
    name: 'ports-said',
    number: 11,
    description: 'Ports are said, also when there are none: where nothing is said, Marathon adds one',
    check: ofApps(({ fields, container, mode, at }) => {
      const said = [
        fields.portDefinitions,
        fields.ports,
        container.portMappings,
        fieldsOf(container.docker).portMappings,
      ];
      if (mode === undefined || said.some(isSaid)) return [];
      const place = mode === 'host' ? ['portDefinitions'] : ['container', 'portMappings'];
      return [{
        at: [...at, ...place],
        found: 'nothing: one port',
        fix: `"${place.at(-1)}": [] for an app without ports`,
      }];
    }),
  },
  {
    name: 'host-port-fixed',
    number: 12,
    description: 'A port of the machine is any: a fixed one is for one instance a machine, and has to be on offer',
    check: ofApps((app) =>
      fixedPorts(app).map(({ port, at }) => {
        const isOnOffer = port >= OFFER.least && port <= OFFER.most;
        const found = isOnOffer ? show(port) : `${port}, and agents offer ${OFFER.least}-${OFFER.most}`;
        return { at, found, fix: '0: any that is on offer; one that is known to others is a servicePort' };
      })
    ),
  },
  {
    name: 'container-port-zero',
    number: 13,
    description: 'A containerPort is the one that the app listens on; 0 is the same as the hostPort',
    check: ofApps((app) => {
      if (isMapped(app) !== true) return [];
      // Whoever reads it means it.
      const isRead = [textOf(app.fields.cmd) ?? '', ...textsOf(app.fields.args, []).map(({ text }) => text)]
        .some((text) => /\$\{?PORT/.test(text));
      return app.mappings.filter(({ fields }) => !isSaid(fields.containerPort) || fields.containerPort === 0 && !isRead)
        .map(({ fields, at }) => ({
          at: [...at, 'containerPort'],
          found: isSaid(fields.containerPort) ? '0, and no command reads $PORT' : 'nothing: 0',
          fix: 'the port that the app listens on, such as 80',
        }));
    }),
  },
  {
    name: 'port-name',
    number: 15,
    description: 'A port’s name is of a-z, 0-9 and -, with a letter or a digit at both ends',
    check: ofApps((app) =>
      [...app.mappings, ...app.definitions].flatMap(({ fields, at }): Fault[] => {
        const name = textOf(fields.name);
        if (name === undefined || /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) return [];
        const near = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '');
        return [{ at: [...at, 'name'], found: show(name), fix: near === '' ? 'a name, or leave it out' : show(near) }];
      })
    ),
  },
  {
    name: 'port-name-unique',
    number: 15,
    description: 'Each of an app’s ports has a name of its own',
    check: ofApps((app) => {
      const seen = new Set<string>();
      return portsOf(app).flatMap(({ fields, at }): Fault[] => {
        const name = textOf(fields.name);
        if (name === undefined) return [];
        const isDouble = seen.has(name);
        seen.add(name);
        return isDouble ? [{ at: [...at, 'name'], found: show(name), fix: 'another name, or leave it out' }] : [];
      });
    }),
  },
  {
    name: 'port-protocol',
    number: 15,
    description: 'A port’s protocol is tcp, udp, or udp,tcp',
    check: ofApps((app) =>
      [...app.mappings, ...app.definitions].flatMap(({ fields, at }): Fault[] => {
        const protocol = textOf(fields.protocol);
        if (protocol === undefined || ['tcp', 'udp', 'udp,tcp'].includes(protocol)) return [];
        const near = protocol.toLowerCase().replaceAll(/\s/g, '');
        const fix = near === 'tcp,udp'
          ? '"udp,tcp"'
          : ['tcp', 'udp'].includes(near)
          ? show(near)
          : '"tcp", "udp" or "udp,tcp"';
        return [{ at: [...at, 'protocol'], found: show(protocol), fix }];
      })
    ),
  },
  {
    name: 'require-ports-mode',
    number: 16,
    description: 'requirePorts is for host networking only',
    check: ofApps(({ fields, mode, at }) => {
      if (fields.requirePorts !== true || mode === undefined || mode === 'host') return [];
      return [{
        at: [...at, 'requirePorts'],
        found: `true with ${mode}`,
        fix: 'leave it out: hostPort says what is wanted',
      }];
    }),
  },
];
