/** What an ambassador costs, and how soon it follows. Needs a Docker engine here, and root. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { callingFile, startWatch, startWithAmbassadors } from '../testkit/ambassadors.ts';
import { docker, output, run, uniqueName } from '../testkit/docker.ts';
import { ROOT } from '../testkit/machine.ts';
import { type BenchOptions, inTurns, median, medianRatio } from './lib/figure.ts';

/** Long enough for all that follows an event. */
const QUIET_MS = 4000;

const HAPROXY_IMAGE = process.env.HAPROXY_IMAGE ?? 'haproxy:3.2.21';

export async function benchAmbassadors(options: BenchOptions): Promise<void> {
  const image = uniqueName('coinroom-bench');
  options.scope.after(() => run(['docker', 'rmi', '--force', image]));
  await output(['docker', 'build', '--tag', image, ROOT], { env: { DOCKER_BUILDKIT: '0' } });
  await benchWay(image, options);
  for (const callers of options.isQuick ? [1] : [1, 10]) await benchFollowing(image, callers, options);
}

/** Without health checks: each would take a tenth of a second of a core, beside what is measured. */
function fileOf(image: string): string {
  return callingFile(image).replace('labels:', 'healthcheck: { disable: true }\n    labels:');
}

/** What somebody writes who knows where the instances are. */
function byHand(addresses: readonly string[]): string {
  return `
global
  maxconn 4000
  nbthread 1
defaults
  mode http
  timeout connect 1s
  timeout client 3m
  timeout server 3m
listen api
  bind 127.127.9.9:80
  balance roundrobin
  default-server check inter 500ms
${addresses.map((address, at) => `  server api${at} ${address}:80`).join('\n')}
`;
}

interface Load {
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** In the network of a container; a process of its own, with 16 connections that are kept. */
async function measureLoad(container: string, url: string, seconds: number): Promise<Load> {
  const pid = await docker('inspect', '--format', '{{.State.Pid}}', container);
  const autocannon = [process.execPath, join(ROOT, 'bench', 'node_modules', 'autocannon', 'autocannon.js')];
  const flags = ['--json', '--connections', '16', '--duration', String(seconds)];
  const said = await output(['nsenter', `--net=/proc/${pid}/ns/net`, ...autocannon, ...flags, url]);
  const result = JSON.parse(said.slice(said.indexOf('{')));
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} and ${result.errors} failed`);
  return { perSecond: result.requests.average, p99Ms: result.latency.p99 };
}

async function benchWay(image: string, { scope, isQuick, report, say }: BenchOptions): Promise<void> {
  const [rounds, seconds] = isQuick ? [1, 2] : [5, 5];
  const project = await startWithAmbassadors(scope, fileOf(image), { api: 2 });
  const [caller] = await project.containers('caller');
  const apis = await project.containers('api');
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const addresses = (await docker('inspect', '--format', format, ...apis)).split('\n');
  const peer = uniqueName('coinroom-bench-peer');
  scope.after(() => run(['docker', 'rm', '--force', peer]));
  const start = 'echo "$TEXT" >/tmp/haproxy.cfg; exec haproxy -W -db -f /tmp/haproxy.cfg';
  const args = ['--detach', '--name', peer, '--network', `container:${caller}`, '--env', 'TEXT'];
  await output(['docker', 'run', ...args, HAPROXY_IMAGE, 'sh', '-c', start], { env: { TEXT: byHand(addresses) } });

  say(`two instances, 16 clients: ${rounds} rounds of ${seconds} s …`);
  const results = await inTurns({
    direct: () => measureLoad(caller!, `http://${addresses[0]}/16`, seconds),
    ambassador: () => measureLoad(caller!, 'http://127.127.0.2/16', seconds),
    byHand: () => measureLoad(caller!, 'http://127.127.9.9/16', seconds),
  }, rounds);
  const of = (name: keyof typeof results, what: keyof Load): number[] => results[name].map((load) => load[what]);
  for (const [what, name, unit] of [['perSecond', 'requests', '/s'], ['p99Ms', 'p99', 'ms']] as const) {
    const own = of('ambassador', what);
    report({
      name: `${name} through an ambassador`,
      unit,
      value: median(own),
      ratio: {
        'HAProxy by hand': medianRatio(own, of('byHand', what)),
        'one instance asked directly': medianRatio(own, of('direct', what)),
      },
    });
  }
  const memory = async (name: string): Promise<number> =>
    parseFloat(await docker('stats', '--no-stream', '--format', '{{.MemUsage}}', name));
  const own = await memory(`${caller}-to-api`);
  report({
    name: 'memory of an ambassador after that',
    unit: 'MiB',
    value: own,
    ratio: { 'HAProxy by hand': own / await memory(peer) },
  });
}

async function benchFollowing(
  image: string,
  callers: number,
  { scope, isQuick, report, say }: BenchOptions,
): Promise<void> {
  const rounds = isQuick ? 3 : 25;
  say(`${callers} callers: an instance ends and starts ${rounds} times …`);
  const project = await startWithAmbassadors(scope, fileOf(image), { api: 3, caller: callers });
  const watch = await startWatch(scope, project);
  const [instance] = await project.containers('api');
  const ambassadors = (await project.containers('caller')).map((caller) => `${caller}-to-api`);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [verb, event] of [['kill', 'die'], ['start', 'start']] as const) {
      const since = (Date.now() / 1000).toFixed(3);
      await docker(verb, instance!);
      // Nothing is asked meanwhile: that would take the processor from those who are measured.
      await sleep(QUIET_MS);
      const at = await timeOf(event, instance!, since);
      const told = await Promise.all(ambassadors.map((name) => toldAfter(name, instance!, at)));
      times.push(Math.max(...told) - at);
    }
  }
  await watch.stop('SIGINT');
  const sorted = times.toSorted((a, b) => a - b);
  const who = callers === 1 ? 'the balance of one caller' : `all of ${callers} callers`;
  report({ name: `event to ${who}, median`, unit: 'ms', value: median(sorted) });
  report({ name: `event to ${who}, p95`, unit: 'ms', value: sorted[Math.ceil(sorted.length * 0.95) - 1]! });
}

/** When the engine says that it happened, ms since 1970. */
async function timeOf(event: string, container: string, since: string): Promise<number> {
  const filters = ['--filter', `event=${event}`, '--filter', `container=${container}`];
  const until = (Date.now() / 1000).toFixed(3);
  const lines = await docker('events', '--since', since, '--until', until, ...filters, '--format', '{{.TimeNano}}');
  return Number(lines.split('\n')[0]!.slice(0, 16)) / 1000;
}

/** When HAProxy says, after that, that an instance has come or gone; by the engine's clock. */
async function toldAfter(name: string, instance: string, since: number): Promise<number> {
  const { output: log } = await run(['docker', 'logs', '--timestamps', '--tail', '60', name]);
  const says = new RegExp(`Loading success|${instance} (is UP/READY|is going DOWN for maint|was DOWN and now enters)`);
  const lines = log.split('\n').filter((line) => says.test(line));
  const found = lines.map((line) => Date.parse(line.split(' ', 1)[0]!)).find((time) => time > since);
  if (found === undefined) throw new Error(`${name} has not followed within ${QUIET_MS} ms`);
  return found;
}
