/** The labels of a group, as marathon-lb reads them, in a HAProxy that runs: who gets the requests. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readApplication } from '../../../scripts/lib/compose-model/read-application.ts';
import type { MarathonGroup } from '../../../scripts/marathon/api.ts';
import { toMarathon } from '../../../scripts/marathon/generate.ts';
import { application } from '../../../testkit/application.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { ROOT, type Scope, temporaryFolder, unlessInstalled } from '../../../testkit/machine.ts';
import { renderMarathonLb } from '../../../testkit/marathon-lb.ts';
import { freePort, isListening } from '../../../testkit/ports.ts';
import { runProgram, startProgram } from '../../../testkit/program.ts';
import { type RoleProcess, startRole } from '../../../testkit/role.ts';
import { startServer } from '../../../testkit/server.ts';

const skip = unlessInstalled('haproxy', 'apt-get install haproxy');
const HOST = 'rng.example.org';

async function ourGroup(): Promise<MarathonGroup> {
  const application = await readApplication({ files: [join(ROOT, 'compose.yml')], name: 'coinroom', env: {} });
  return toMarathon(application, { virtualHosts: new Map([['rng', HOST]]) }).group;
}

interface Tasks {
  readonly id: string;
  readonly urls: readonly string[];
}

interface Balanced {
  /** Of its service port. */
  readonly url: string;
  /** Of the virtual hosts. */
  readonly virtualUrl: string;
}

/** A marathon-lb for a group, one of whose apps has tasks: those that answer at these URLs. */
async function startBalancer(t: Scope, group: MarathonGroup, { id, urls }: Tasks): Promise<Balanced> {
  const binds = new Map<number, string>([[80, `127.0.0.1:${await freePort()}`]]);
  for (const { servicePort } of group.apps.flatMap(({ container }) => container.portMappings)) {
    if (servicePort !== 0) binds.set(servicePort, `127.0.0.1:${await freePort()}`);
  }
  const configuration = renderMarathonLb(group, {
    group: 'external',
    backendsOf: (app) => app === id ? urls.map((url) => new URL(url).host) : [],
    bindOf: (servicePort) => binds.get(servicePort)!,
  });
  const path = join(await temporaryFolder(t), 'haproxy.cfg');
  await writeFile(path, configuration);
  const check = await runProgram(t, ['haproxy', '-c', '-f', path]);
  assert.equal(check.code, 0, check.all);
  // A header behind the version is all that it warns of: older ones have no other place for it.
  assert.ok(
    check.all.split('\n').every((line) => !/WARNING|ALERT/.test(line) || /hiding headers or body/.test(line)),
    check.all,
  );
  startProgram(t, ['haproxy', '-db', '-f', path]);
  const { servicePort } = group.apps.find((app) => app.id === id)!.container.portMappings[0]!;
  const [own, virtual] = [binds.get(servicePort)!, binds.get(80)!];
  await eventually(() => isListening(Number(own.split(':')[1])), { what: 'HAProxy to listen' });
  return { url: `http://${own}`, virtualUrl: `http://${virtual}` };
}

async function startForRngs(t: Scope, rngs: readonly RoleProcess[]): Promise<Balanced> {
  return await startBalancer(t, await ourGroup(), { id: '/coinroom/rng', urls: rngs.map(({ url }) => url) });
}

/** One after the other, over one connection of ours. */
async function ask(url: string, times: number): Promise<void> {
  for (let at = 0; at < times; at++) {
    const answer = await fetch(`${url}/32`);
    assert.equal((await answer.arrayBuffer()).byteLength, 32);
    assert.equal(answer.status, 200);
  }
}

/** How many requests it has answered that were no checks. */
async function answeredBy({ url }: RoleProcess): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^http_requests_total\{method="GET",route="\/:size",status="200"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

function startTwo(t: Scope): Promise<RoleProcess[]> {
  return Promise.all([1, 2].map(() => startRole(t, 'rng', ['--pace', 'full'])));
}

test('forty requests to the service port of rng are twenty for each of two', { skip }, async (t) => {
  const rngs = await startTwo(t);
  const { url } = await startForRngs(t, rngs);
  await ask(url, 40);
  assert.deepEqual(await Promise.all(rngs.map(answeredBy)), [20, 20]);
});

test('one of two is stopped: no request fails, and then all are for the other', { skip }, async (t) => {
  const rngs = await startTwo(t);
  const { url } = await startForRngs(t, rngs);
  await ask(url, 2);
  const [stopped, other] = rngs as [RoleProcess, RoleProcess];
  let isOver = false;
  const end = stopped.stop().finally(() => isOver = true);
  while (!isOver) await ask(url, 1);
  assert.deepEqual(await end, { code: 0, signal: null });
  const before = await answeredBy(other);
  await ask(url, 40);
  assert.equal(await answeredBy(other), before + 40);
});

test('a virtual host is known by its name, and no other name is', { skip }, async (t) => {
  const { virtualUrl } = await startForRngs(t, await startTwo(t));
  const statusOf = async (host: string): Promise<string> => {
    const { output } = await runProgram(t, [
      ...['curl', '--silent', '--output', '/dev/null', '--write-out', '%{http_code}'],
      ...['--header', `Host: ${host}`, `${virtualUrl}/32`],
    ]);
    return output;
  };
  assert.equal(await statusOf(HOST), '200');
  assert.equal(await statusOf('other.example.org'), '503');
});

test(
  'a service of which nothing is known is asked with a Host header too, at the path of its own check',
  { skip },
  async (t) => {
    const asked: string[] = [];
    const { url: task } = await startServer(t, (request, response) => {
      asked.push(`${request.method} ${request.url} ${request.httpVersion} ${request.headers.host}`);
      response.writeHead(request.headers.host === undefined ? 400 : 200).end('here');
    });
    const { group } = toMarathon(application({ services: { page: { ports: [{ target: 80, published: 8000 }] } } }));
    const { url } = await startBalancer(t, group, { id: '/coinroom/page', urls: [task] });
    await eventually(() => asked.length > 2, { what: 'checks' });
    assert.deepEqual([...new Set(asked)], ['GET / 1.1 page']);
    assert.equal(await (await fetch(url)).text(), 'here');
  },
);
