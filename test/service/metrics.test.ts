import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../src/service/metrics.ts';

test('a counter prints its help, its type and a line for each set of labels', () => {
  const metrics = createMetrics();
  const requests = metrics.counter('requests_total', 'Requests', ['route', 'status']);
  requests.with('/a', '200').add();
  requests.with('/a', '200').add(2);
  requests.with('/b', '500').add();
  assert.equal(
    metrics.text(),
    '# HELP requests_total Requests\n# TYPE requests_total counter\n' +
      'requests_total{route="/a",status="200"} 3\nrequests_total{route="/b",status="500"} 1\n',
  );
});

test('label values are escaped', () => {
  const metrics = createMetrics();
  metrics.counter('c', 'h', ['l']).with('a"b\\c\nd').add();
  assert.match(metrics.text(), /^c\{l="a\\"b\\\\c\\nd"\} 1$/m);
});

test('histogram buckets are cumulative, with bounds included, and end in +Inf', () => {
  const metrics = createMetrics();
  const seconds = metrics.histogram('s', 'h', ['route'], [0.1, 1]).with('/');
  for (const value of [0.1, 0.5, 3]) seconds.observe(value);
  assert.deepEqual(metrics.text().split('\n').slice(2, -1), [
    's_bucket{route="/",le="0.1"} 1',
    's_bucket{route="/",le="1"} 2',
    's_bucket{route="/",le="+Inf"} 3',
    's_sum{route="/"} 3.6',
    's_count{route="/"} 3',
  ]);
});

test('a gauge is read at every scrape', () => {
  const metrics = createMetrics();
  let waiting = 1;
  metrics.gauge('waiting', 'h', () => waiting);
  metrics.gauge('info', 'h', () => [{ labels: { version: '1' }, value: 1 }]);
  assert.match(metrics.text(), /^waiting 1$/m);
  waiting = 2;
  assert.match(metrics.text(), /^waiting 2$/m);
  assert.match(metrics.text(), /^info\{version="1"\} 1$/m);
});
