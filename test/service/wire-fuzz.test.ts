/**
 * The wire, fuzzed from a seed: malformed requests, pipelines, too much of everything, plain noise. Whatever comes, the
 * answer is a refusal or a closed connection, the service lives on, and its memory stays.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/service/random.ts';
import { residentBytes } from '../../testkit/program.ts';
import { exchangeRaw } from '../../testkit/raw.ts';
import { startRole } from '../../testkit/role.ts';

const CASES = 5000;
const AT_A_TIME = 25;
const WARM_UP = 1000;
const MOST_GROWTH_MB = 60;

type Random = () => number;

function createFuzzer(random: Random): () => Buffer {
  const below = (n: number): number => Math.floor(random() * n);
  const oneOf = <T>(items: readonly T[]): T => items[below(items.length)]!;
  const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => below(256)));
  const words = [
    ...['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'get', 'G ET', '', 'PRI', '\u0000'],
    ...['x'.repeat(9000)],
  ];
  const paths = [
    ...['/', '/32', '/0', '/1048577', '/-1', '/1e3', '/%00', '/%zz', '/../../etc/passwd', '//', '*', 'http://a/32', ''],
    ...['/32?x=\u001b[2J', '/healthz', '/faults', '/?each=0', '/?each=32', '/?each=%F0%9F', `/${'9'.repeat(20_000)}`],
  ];
  const versions = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', 'HTP', '', 'HTTP/1.1\u0000'];
  const headers = [
    ...['Host: a', 'Host:', 'Host: a\r\nHost: b', 'Host: \u001b]0;x\u0007', 'Host: [::1', ' folded: x', 'no colon'],
    ...['Content-Length: 5', 'Content-Length: -5', 'Content-Length: 5, 6', 'Content-Length: 99999999999999999999'],
    ...['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked, identity', 'Transfer-Encoding: x'],
    ...['Connection: close', 'Connection: upgrade\r\nUpgrade: websocket', 'Expect: 100-continue', 'Expect: x'],
    ...['Authorization: Bearer \u00ff', 'X: \u0000', `X: ${'y'.repeat(20_000)}`, ': x', 'X\u0001: y'],
  ];
  const bodies = [
    '',
    'hello',
    '5\r\nhello\r\n0\r\n\r\n',
    'ZZ\r\n',
    '-1\r\n',
    'ffffffffffffffff\r\nx',
    '{"latencyMs":"\\u001b"}',
  ];

  /** What is right, but for one time in `n`. */
  const mostly = (right: string, wrong: readonly string[], n: number): string => below(n) === 0 ? oneOf(wrong) : right;
  const request = (): Buffer => {
    const line = [mostly(oneOf(['GET', 'POST']), words, 4), oneOf(paths), mostly('HTTP/1.1', versions, 6)].join(' ');
    const lines = Array.from({ length: below(3) }, () => oneOf(headers));
    const newline = mostly('\r\n', ['\n', '\r', ' '], 20);
    const end = mostly('\r\n\r\n', ['\r\n', '\n\n', ''], 8);
    return Buffer.from([line, mostly('Host: a', headers, 6), ...lines].join(newline) + end + oneOf(bodies), 'latin1');
  };
  const damaged = (): Buffer => {
    const bytes = request();
    for (let n = below(8); n >= 0 && bytes.length > 0; n--) bytes[below(bytes.length)] = below(256);
    return bytes.subarray(0, below(bytes.length + 1));
  };
  const pipelined = (): Buffer => Buffer.concat(Array.from({ length: 2 + below(20) }, request));
  return () => oneOf([request, request, damaged, pipelined, () => noise(below(2000))])();
}

for (const role of ['rng', 'hasher']) {
  test(`${role} survives ${CASES} malformed conversations: refused or closed, no crash, no stack, no growth`, async (t) => {
    const service = await startRole(t, role, ['--pace', 'full', '--faults', 'on', '--admin-token', 'secret']);
    const port = Number(new URL(service.url).port);
    const fuzz = createFuzzer(seededRandom(20));
    const seen = { refused: 0, answered: 0, closed: 0 };
    let growsFrom = 0;
    for (let done = 0; done < CASES; done += AT_A_TIME) {
      if (done === WARM_UP) growsFrom = residentBytes(service.pid);
      const cases = Array.from({ length: AT_A_TIME }, fuzz);
      const answers = await Promise.all(
        cases.map((bytes) => exchangeRaw(port, bytes, { thenEnd: true, withinMs: 2000 })),
      );
      for (const [at, { text }] of answers.entries()) {
        const what = `case ${done + at} (${JSON.stringify(cases[at]!.toString('latin1').slice(0, 200))})`;
        const statuses = [...text.matchAll(/^HTTP\/1\.[01] (\d\d\d)/gm)].map((match) => Number(match[1]));
        assert.deepEqual(statuses.filter((status) => status >= 500), [], what);
        assert.doesNotMatch(text, /\n\s+at |node:|file:/, what);
        if (text !== '') assert.match(text, /^HTTP\/1\.[01] /, what);
        if (statuses.some((status) => status >= 400)) seen.refused++;
        if (statuses.some((status) => status < 400)) seen.answered++;
        if (statuses.length === 0) seen.closed++;
      }
    }
    const grown = (residentBytes(service.pid) - growsFrom) / 2 ** 20;
    assert.ok(grown < MOST_GROWTH_MB, `it grew by ${grown.toFixed()} MB`);
    assert.ok(Object.values(seen).every((count) => count > CASES / 200), JSON.stringify(seen));
    assert.equal((await fetch(`${service.url}/healthz`)).status, 200);
    assert.deepEqual(service.lines.filter((line) => !isLogLine(line)), []);
  });
}

/** One JSON object, and nothing in it that a terminal would obey. */
function isLogLine(line: string): boolean {
  // deno-lint-ignore no-control-regex
  return typeof JSON.parse(line).event === 'string' && !/[\u0000-\u001f\u007f-\u009f]/.test(line);
}
