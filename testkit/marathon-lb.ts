/**
 * What marathon-lb makes of a group: after its documentation (Longhelp.md of mesosphere/marathon-lb, whose templates' names the
 * labels have), in words of our own. Left out: TLS, sticky sessions, its own pages, logging, templates in files.
 */

/** The part of Marathon's JSON that it reads. */
interface Group {
  readonly apps: readonly App[];
}

interface App {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly container: { readonly portMappings: readonly Mapping[] };
  readonly healthChecks: readonly Check[];
}

interface Mapping {
  readonly servicePort: number;
  readonly containerPort: number;
}

interface Check {
  readonly protocol: string;
  readonly portIndex?: number;
  readonly path?: string;
  readonly timeoutSeconds: number;
  readonly intervalSeconds: number;
  readonly maxConsecutiveFailures: number;
}

export interface RenderOptions {
  /** Of a `--group`; an app without it is not taken. */
  readonly group: string;
  /** `address:port` of the tasks, by id of the app and container port. */
  readonly backendsOf: (id: string, port: number) => readonly string[];
  /** Where it listens in place of every address at this service port; 80 is that of the virtual hosts. */
  readonly bindOf: (servicePort: number) => string;
}

const HEAD = `global
  maxconn 1000
defaults
  retries 3
  timeout connect 3s
  timeout client 30s
  timeout server 30s
  timeout tunnel 3600s
  timeout http-keep-alive 1s
  timeout http-request 15s
  timeout queue 30s
  option redispatch
  option http-server-close
  option dontlognull
`;

export function renderMarathonLb({ apps }: Group, options: RenderOptions): string {
  const parts = apps.flatMap((app) =>
    app.container.portMappings.flatMap((mapping, index) => renderPort(app, { ...options, mapping, index }) ?? [])
  );
  const virtual = parts.map((part) => part.virtual).join('');
  const front = virtual === ''
    ? ''
    : `frontend marathon_http_in\n  bind ${options.bindOf(80)}\n  mode http\n${virtual}`;
  return [HEAD, front, ...parts.map((part) => part.own)].join('');
}

interface PortOptions extends RenderOptions {
  readonly mapping: Mapping;
  readonly index: number;
}

function renderPort(app: App, { group, backendsOf, bindOf, mapping, index }: PortOptions) {
  const labelOf = (name: string): string | undefined => app.labels[`HAPROXY_${index}_${name}`];
  const groups = (labelOf('GROUP') ?? app.labels.HAPROXY_GROUP ?? '').split(',');
  if (!groups.includes(group)) return undefined;
  const { servicePort, containerPort } = mapping;
  const backend = `${app.id.slice(1).replaceAll('/', '_')}_${servicePort}`;
  const host = labelOf('VHOST');
  // One that has a name is one of HTTP; of others that do not say it, none is.
  const mode = host === undefined ? labelOf('MODE') ?? 'tcp' : 'http';
  const check = checkOf(app, { index, mode, labelOf });
  const servers = backendsOf(app.id, containerPort).map((address) =>
    `  server ${address.replaceAll(/[^\w-]/g, '_')} ${address}${check.server}\n`
  );
  const own = `frontend ${backend}
  bind ${bindOf(servicePort)}
  mode ${mode}
  use_backend ${backend}
backend ${backend}
  balance ${labelOf('BALANCE') ?? 'roundrobin'}
  mode ${mode}
${
    mode === 'http'
      ? '  option forwardfor\n  http-request set-header X-Forwarded-Port %[dst_port]\n'
      : ''
  }${check.backend}${servers.join('')}`;
  const acl = `host_${(host ?? '').replaceAll(/[^a-z\d-]/gi, '_')}`;
  return {
    own,
    virtual: host === undefined ? '' : `  acl ${acl} hdr(host) -i ${host}\n  use_backend ${backend} if ${acl}\n`,
  };
}

/** Of a port whose app has a check of Marathon at that very port; only then are the labels of checks read. */
function checkOf(
  { healthChecks }: App,
  { index, mode, labelOf }: {
    readonly index: number;
    readonly mode: string;
    readonly labelOf: (name: string) => string | undefined;
  },
): { readonly backend: string; readonly server: string } {
  const check = healthChecks.find(({ portIndex }) => portIndex === index);
  if (!check) return { backend: '', server: '' };
  const isTcp = mode === 'tcp' || check.protocol === 'MESOS_TCP';
  const kind = isTcp ? 'TCP' : 'HTTP';
  const { path = '/' } = check;
  const { timeoutSeconds, intervalSeconds, maxConsecutiveFailures } = check;
  const backend = labelOf(`BACKEND_${kind}_HEALTHCHECK_OPTIONS`) ??
    (isTcp ? '' : `  option httpchk GET ${path}\n  timeout check ${timeoutSeconds}s\n`);
  const server = labelOf(`BACKEND_SERVER_${kind}_HEALTHCHECK_OPTIONS`) ??
    `check inter ${intervalSeconds}s fall ${maxConsecutiveFailures + 1}`;
  return { backend: backend.replaceAll('{healthCheckPath}', path), server: ` ${server.trim()}` };
}
