import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../src/service/log.ts';

const now = (): Date => new Date('2026-01-02T03:04:05.678Z');

function written(format: 'json' | 'text', event: string, fields: Record<string, unknown>): string {
  let text = '';
  createLog({ format, role: 'rng', now, write: (line) => void (text += line) }).warn(event, fields);
  return text;
}

test('a JSON log line is one object with time, level, role, event and fields', () => {
  assert.equal(
    written('json', 'queue_full', { waiting: 1024 }),
    '{"time":"2026-01-02T03:04:05.678Z","level":"warn","role":"rng","event":"queue_full","waiting":1024}\n',
  );
});

test('a text log line is for people', () => {
  assert.equal(
    written('text', 'queue_full', { waiting: 1024, why: 'a b' }),
    '03:04:05 rng    warning: queue full waiting=1024 why="a b"\n',
  );
});

test('nothing of a value can end a line or steer a terminal', () => {
  const hostile = 'a\n{"level":"error"}\r\u001b[2J\u007f\u009b\u2028\u202e';
  for (const format of ['json', 'text'] as const) {
    const line = written(format, 'seen', { hostile });
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
  }
  assert.equal(JSON.parse(written('json', 'seen', { hostile })).hostile, hostile);
});
