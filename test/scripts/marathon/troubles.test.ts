/** What can go wrong between here and Marathon, each as its line. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { readAccess } from '../../../scripts/marathon/access.ts';
import { createMarathon, type Marathon } from '../../../scripts/marathon/client.ts';
import { MarathonError } from '../../../scripts/marathon/troubles.ts';
import { makeCertificate, unlessOpenssl } from '../../../testkit/certificate.ts';
import type { Scope } from '../../../testkit/machine.ts';
import { startMarathon } from '../../../testkit/marathon.ts';
import { freePort } from '../../../testkit/ports.ts';

const LOGIN = { MARATHON_USER: 'student', MARATHON_PASSWORD: 's3cret' };
const BASIC = `Basic ${Buffer.from('student:s3cret').toString('base64')}`;

function open(t: Scope, url: string, { env = {}, ca }: { env?: Record<string, string>; ca?: string } = {}): Marathon {
  const marathon = createMarathon(readAccess(url, ca === undefined ? {} : { ca }, env), AbortSignal.timeout(60_000));
  t.after(() => marathon.close());
  return marathon;
}

function answering(status: number, body: string, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

async function troubleOf(asking: Promise<unknown>): Promise<readonly [kind: string, message: string]> {
  const error = await asking.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof MarathonError, String(error));
  return [error.trouble.kind, error.message];
}

test('every answer that is none has its kind and its line', async (t) => {
  const marathon = await startMarathon(t);
  const { url } = marathon;
  const { deployments, putGroup } = open(t, url);
  const html = { 'content-type': 'text/html; charset=utf-8' };
  const cases: readonly (readonly [status: number, body: string, kind: string, line: string, headers?: typeof html])[] =
    [
      [
        401,
        '<p>',
        'unauthorized',
        `${url} wants a login (401): MARATHON_USER and MARATHON_PASSWORD, or MARATHON_TOKEN`,
        html,
      ],
      [403, '{"message":"Not Authorized"}', 'forbidden', `${url} forbids GET /v2/deployments (403): Not Authorized`],
      [404, '{"message":"no"}', 'absent', `${url} has nothing at /v2/deployments (404): no`],
      [404, '<p>', 'other', `${url} answers GET /v2/deployments with no JSON (404, text/html): is it Marathon?`, html],
      [200, '<p>', 'other', `${url} answers GET /v2/deployments with no JSON (200, text/html): is it Marathon?`, html],
      [500, '{"message":"a bug"}', 'other', `${url} fails at GET /v2/deployments (500): a bug`],
      [502, '<p>', 'unreachable', `${url} cannot answer now (502)`, html],
      [503, '{"message":"busy"}', 'unreachable', `${url} cannot answer now (503): busy`],
      [409, '{"message":"is there"}', 'other', `${url} refuses GET /v2/deployments (409): is there`],
    ];
  for (const [status, body, kind, line, headers] of cases) {
    marathon.instead('GET /v2/deployments', answering(status, body, headers), 1);
    assert.deepEqual(await troubleOf(deployments()), [kind, line]);
  }
  const locked = '{"message":"App is locked","deployments":[{"id":"a"},{"id":"b"}]}';
  marathon.instead('PUT', answering(409, locked), 1);
  assert.deepEqual(await troubleOf(putGroup('/g', {})), ['locked', `${url} has locked /v2/groups/g (409) for a, b`]);
  const invalid =
    '{"message":"Object is not valid","details":[{"path":"/apps(0)/id","errors":["a","b"]},{"path":"","errors":["c"]}]}';
  marathon.instead('PUT', answering(422, invalid), 1);
  assert.deepEqual(await troubleOf(putGroup('/g', {})), [
    ...['invalid', `${url} refuses PUT /v2/groups/g (422): Object is not valid\n  /apps(0)/id: a; b\n  /: c`],
  ]);
  marathon.instead('PUT', answering(400, '{"message":"Invalid JSON","details":"Unexpected character"}'), 1);
  assert.deepEqual(await troubleOf(putGroup('/g', {})), [
    ...['invalid', `${url} refuses PUT /v2/groups/g (400): Invalid JSON\n  /: Unexpected character`],
  ]);
});

test('a group that is not there is none, and an app too', async (t) => {
  const { url } = await startMarathon(t);
  const { group, app } = open(t, url);
  assert.deepEqual([await group('/nowhere'), await app('/nowhere')], [undefined, undefined]);
});

test('a connection that is refused, cut before the answer, or in it', async (t) => {
  const nobody = `http://127.0.0.1:${await freePort()}`;
  assert.deepEqual(await troubleOf(open(t, nobody).queue()), [
    ...['unreachable', `Cannot reach ${nobody}: nothing listens there (ECONNREFUSED)`],
  ]);
  const marathon = await startMarathon(t);
  marathon.instead('GET /v2/queue', (response) => void response.destroy(), 1);
  const cut = new RegExp(`^unreachable,Cannot reach ${marathon.url}: it has cut the connection \\([A-Z_]+\\)$`);
  assert.match(String(await troubleOf(open(t, marathon.url).queue())), cut);
  marathon.instead('GET /v2/queue', (response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{"queue":', () => response.destroy());
  }, 1);
  assert.match(String(await troubleOf(open(t, marathon.url).queue())), cut);
});

test('masters are asked in turn, and the one that has answered first of all the next time', async (t) => {
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const [one, two] = [await startMarathon(t), await startMarathon(t)];
  one.instead('GET', answering(503, ''));
  const marathon = open(t, `${nobody},${one.url}, ${two.url}`);
  await marathon.deployments();
  await marathon.queue();
  assert.deepEqual(one.requests, ['GET /v2/deployments']);
  assert.deepEqual(two.requests, ['GET /v2/deployments', 'GET /v2/queue?embed=lastUnusedOffers']);
  await two.close();
  assert.deepEqual(await troubleOf(marathon.deployments()), [
    'unreachable',
    `No master answers: Cannot reach ${two.url}: nothing listens there (ECONNREFUSED); ` +
    `Cannot reach ${nobody}: nothing listens there (ECONNREFUSED); ${one.url} cannot answer now (503)`,
  ]);
});

test('a master that refuses is not gone round: the next is not asked', async (t) => {
  const [one, two] = [await startMarathon(t, { authorization: 'Bearer x' }), await startMarathon(t)];
  assert.equal((await troubleOf(open(t, `${one.url},${two.url}`).queue()))[0], 'unauthorized');
  assert.deepEqual(two.requests, []);
});

test('a redirect is followed to a master of the list, with method, body and login, and to nobody else', async (t) => {
  const options = { authorization: BASIC };
  const [one, leader, stranger] = [await startMarathon(t), await startMarathon(t, options), await startMarathon(t)];
  const body = { id: '/g', apps: [{ id: 'one', cmd: 'sleep 9' }] };
  one.instead('PUT', answering(307, '', { location: `${leader.url}/v2/groups/g` }), 1);
  const { putGroup, queue } = open(t, `${one.url},${leader.url}`, { env: LOGIN });
  assert.equal((await putGroup('/g', body)).deploymentId, 'deployment-1');
  assert.deepEqual(leader.lastBody(), body);

  one.instead('GET', answering(302, '', { location: `${stranger.url}/login` }));
  assert.deepEqual(await troubleOf(queue()), [
    'other',
    `${one.url} redirects GET /v2/queue (302) to ${stranger.url}, which is not in URL: not followed, the login would go there, too`,
  ]);
  one.instead('PUT', answering(303, '', { location: '/v2/other' }), 1);
  assert.equal(
    (await troubleOf(putGroup('/g', body)))[1],
    `${one.url} redirects PUT /v2/groups/g (303) to ${one.url}: not followed`,
  );
  one.instead('PUT', answering(307, '', { location: '/v2/groups/g' }), 4);
  assert.equal(
    (await troubleOf(putGroup('/g', body)))[1],
    `${one.url} redirects PUT /v2/groups/g (307) to ${one.url}: not followed`,
  );
  assert.deepEqual(stranger.requests, []);
});

test('a path in URL stands before that of the API', async (t) => {
  const marathon = await startMarathon(t);
  marathon.instead('GET /service/marathon/v2/deployments', answering(200, '[]'));
  assert.deepEqual(await open(t, `${marathon.url}/service/marathon/`).deployments(), []);
});

test('a login is sent as it is taken, and what is echoed of it is not shown', async (t) => {
  const logins: readonly (readonly [env: Record<string, string>, header: string, secret: string])[] = [
    [LOGIN, BASIC, 's3cret'],
    [{ MARATHON_TOKEN: 't0ken' }, 'Bearer t0ken', 't0ken'],
    [{ MARATHON_TOKEN: 'token=t0ken' }, 'token=t0ken', 't0ken'],
  ];
  for (const [env, header, secret] of logins) {
    const marathon = await startMarathon(t, { authorization: header });
    const { queue, deployments } = open(t, marathon.url, { env });
    assert.deepEqual(await queue(), []);
    assert.deepEqual(marathon.logins, [header]);
    marathon.instead(
      'GET /v2/deployments',
      answering(401, JSON.stringify({ message: `not ${header}, not ${secret}` })),
    );
    const [kind, message] = await troubleOf(deployments());
    assert.equal(kind, 'unauthorized');
    assert.match(message, /does not accept this login \(401\): not .*\*\*\*, not \*\*\*$/);
    assert.ok(!message.includes(secret) && !message.includes(BASIC.slice(6)), message);
  }
});

test('a certificate is believed by --ca, and what is wrong with one is told', { skip: unlessOpenssl }, async (t) => {
  const [certificate, other] = await Promise.all([makeCertificate(t), makeCertificate(t, '10.0.0.1')]);
  const marathon = await startMarathon(t, { certificate });
  assert.deepEqual(await open(t, marathon.url, { ca: certificate.file }).queue(), []);
  assert.deepEqual(await open(t, marathon.url, { env: { MARATHON_CA: certificate.file } }).queue(), []);
  assert.deepEqual(await troubleOf(open(t, marathon.url).queue()), [
    'untrusted',
    `Cannot trust ${marathon.url}: nobody who is trusted here has signed its certificate; --ca FILE has who has (DEPTH_ZERO_SELF_SIGNED_CERT)`,
  ]);
  const elsewhere = await startMarathon(t, { certificate: other });
  assert.deepEqual(await troubleOf(open(t, elsewhere.url, { ca: other.file }).queue()), [
    ...[
      'untrusted',
      `Cannot trust ${elsewhere.url}: its certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID)`,
    ],
  ]);
  const plain = await startMarathon(t);
  const asTls = plain.url.replace('http:', 'https:');
  assert.deepEqual(await troubleOf(open(t, asTls).queue()), [
    ...['other', `Cannot reach ${asTls}: it speaks no TLS (ERR_SSL_WRONG_VERSION_NUMBER)`],
  ]);
});
