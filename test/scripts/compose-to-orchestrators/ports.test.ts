/** Ports in all their forms, ranges, protocols and addresses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { one, orchestrate, outcomesOf, type Row } from '../../../testkit/orchestrated.ts';

const ROWS: readonly Row[] = [
  ['a range that is for instances', one("ports: ['8000-8009:80']"), {
    marathon: [],
    kubernetes: [
      'one: ports: 8000 and so on is not published: kubectl port-forward service/one 8000:80, or --expose NodePort',
    ],
  }],
  ['a range of as many ports', one("ports: ['8000-8001:80-81']"), {
    marathon: [],
    kubernetes: [
      'one: ports: 8000 is not published: kubectl port-forward service/one 8000:80, or --expose NodePort',
      'one: ports: 8001 is not published: kubectl port-forward service/one 8001:81, or --expose NodePort',
    ],
  }],
  [
    'ranges that differ',
    one("ports: ['8000-8002:80-81']"),
    'compose.yml, line 5: the ranges 8000-8002 and 80-81 are not of the same length',
  ],
  [
    'a range that goes backwards',
    one("ports: ['8009-8000:80']"),
    'compose.yml, line 5: a port is such as 80, 8000:80 or 127.0.0.1:8000-8009:80/tcp; got "8009-8000"',
  ],
  ['more ports than the balancer has', one("expose: ['1000-1100', '2000']"), {
    marathon: 'Cannot give one a port of the balancer: it has 10000 to 10100, and all are taken (compose.yml, line 3)',
    kubernetes: [],
  }],
  ['UDP beside TCP', one("ports: ['53:53/udp', '53:53']"), {
    marathon: ['one: ports: marathon-lb balances no UDP: it is at a port of the agent that Marathon gives'],
    kubernetes: [
      'one: ports: 53 is not published: --expose does that',
      'one: ports: 53 is not published: kubectl port-forward service/one 53:53, or --expose NodePort',
    ],
  }],
  [
    'another protocol',
    one("ports: ['53:53/sctp']"),
    'compose.yml, line 5: the protocol of a port is one of tcp, udp; got "sctp"',
  ],
  [
    'port 0',
    one("ports: ['0:80']"),
    'compose.yml, line 5: a port is such as 80, 8000:80 or 127.0.0.1:8000-8009:80/tcp; got "0"',
  ],
  [
    'a port above 65535',
    one("ports: ['80:70000']"),
    'compose.yml, line 5: a port is such as 80, 8000:80 or 127.0.0.1:8000-8009:80/tcp; got "70000"',
  ],
  ['two numbers with a colon, which YAML 1.1 counts in sixties', one('ports: [22:22]'), {
    marathon: [],
    kubernetes: ['one: ports: 22 is not published: kubectl port-forward service/one 22:22, or --expose NodePort'],
  }],
  ['all addresses', one("ports: ['0.0.0.0:8000:80', '[::]:8001:81']"), {
    marathon: [],
    kubernetes: [
      'one: ports: 8000 is not published: kubectl port-forward service/one 8000:80, or --expose NodePort',
      'one: ports: 8001 is not published: kubectl port-forward service/one 8001:81, or --expose NodePort',
    ],
  }],
  ['one address', one("ports: ['127.0.0.1:8000:80', '[::1]:8001:81']"), {
    marathon: [
      'one: ports: marathon-lb listens on all addresses, not on 127.0.0.1 alone',
      'one: ports: marathon-lb listens on all addresses, not on ::1 alone',
    ],
    kubernetes: [
      'one: ports: 8000 is not published, being of one machine: kubectl port-forward service/one 8000:80',
      'one: ports: 8001 is not published, being of one machine: kubectl port-forward service/one 8001:81',
    ],
  }],
  ['an address without a port', one("ports: ['127.0.0.1::80']"), {
    marathon: ['one: ports: marathon-lb listens on all addresses, not on 127.0.0.1 alone'],
    kubernetes: [
      'one: ports: any port for 80 is not published, being of one machine: kubectl port-forward service/one :80',
    ],
  }],
  [
    'a name in place of an address',
    one("ports: ['localhost:8000:80']"),
    'compose.yml, line 5: a port is such as 80, 8000:80 or 127.0.0.1:8000-8009:80/tcp; got "localhost:8000:80"',
  ],
];

for (const [what, text, outcome] of ROWS) {
  test(`${what}: good for both, or refused with its line`, async (t) => {
    const expected = typeof outcome === 'string' ? { marathon: outcome, kubernetes: outcome } : outcome;
    assert.deepEqual(outcomesOf(await orchestrate(t, text)), expected);
  });
}
