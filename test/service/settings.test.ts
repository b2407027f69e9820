import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsHelp } from '../../src/service/help.ts';
import {
  autoOr,
  httpUrls,
  oneOf,
  parseFlags,
  readSettings,
  secret,
  type Setting,
  SettingError,
  text,
  toggle,
  variableName,
  wholeNumber,
  withoutPassword,
} from '../../src/service/settings.ts';

const table = {
  pace: { kind: oneOf('classroom', 'full'), default: 'classroom', meaning: 'the pace' } as Setting<
    'classroom' | 'full'
  >,
  delayMs: {
    kind: wholeNumber({ min: 0, max: 60_000 }),
    default: { classroom: '100', full: '0' },
    meaning: 'the delay',
  },
  threads: { kind: autoOr(wholeNumber({ min: 1, max: 64 })), default: 'auto', meaning: 'the threads' },
  faults: { kind: toggle, default: 'off', meaning: 'the faults' },
  rngUrl: { kind: httpUrls, default: 'http://rng:8001', meaning: 'the address' },
  storeUrl: { kind: text(), default: 'sqlite:x', meaning: 'the store' },
  adminToken: { kind: secret, default: '', meaning: 'the token' },
};

function refusal(env: Record<string, string>, args: string[] = []): string {
  try {
    readSettings(table, { env, flags: parseFlags(args, table, 'test').flags });
  } catch (error) {
    assert.ok(error instanceof SettingError);
    return error.message;
  }
  throw new Error('nothing was refused');
}

test('readSettings() takes the defaults of the pace', () => {
  const { delayMs, threads, faults, rngUrl } = readSettings(table, { env: {} });
  assert.deepEqual({ delayMs, threads, faults, rngUrl }, {
    delayMs: 100,
    threads: 'auto',
    faults: false,
    rngUrl: ['http://rng:8001'],
  });
  assert.equal(readSettings(table, { env: { PACE: 'full' } }).delayMs, 0);
});

test('readSettings() prefers the flag to the environment, and both to the pace', () => {
  assert.equal(readSettings(table, { env: { PACE: 'full', DELAY_MS: '7' } }).delayMs, 7);
  const { flags } = parseFlags(['--delay-ms', '5', '--pace=full'], table, 'test');
  assert.equal(readSettings(table, { env: { DELAY_MS: '7' }, flags }).delayMs, 5);
});

test('readSettings() takes an empty variable as unset', () => {
  assert.equal(readSettings(table, { env: { DELAY_MS: '', PACE: '' } }).delayMs, 100);
});

test('readSettings() names the variable, the rule and the value of what it refuses', () => {
  assert.equal(refusal({ DELAY_MS: '1e3' }), 'DELAY_MS must be a whole number from 0 to 60000; got "1e3"');
  assert.equal(refusal({ DELAY_MS: '-1' }), 'DELAY_MS must be a whole number from 0 to 60000; got "-1"');
  assert.equal(refusal({ DELAY_MS: '60001' }), 'DELAY_MS must be a whole number from 0 to 60000; got "60001"');
  assert.equal(refusal({ PACE: 'Full' }), 'PACE must be one of classroom, full; got "Full"');
  assert.equal(refusal({ FAULTS: 'yes' }), 'FAULTS must be on or off (also true, false, 1, 0); got "yes"');
  assert.equal(refusal({ THREADS: '0' }), 'THREADS must be auto or a whole number from 1 to 64; got "0"');
  assert.equal(refusal({}, ['--threads', 'many']), '--threads must be auto or a whole number from 1 to 64; got "many"');
});

test('readSettings() never shows a token, a password or a control character', () => {
  assert.equal(
    refusal({ ADMIN_TOKEN: 'a\nb' }),
    'ADMIN_TOKEN must be at most 1000 printable characters; got a value of 3 characters that is not shown here',
  );
  assert.match(
    refusal({ STORE_URL: 'redis://me:hunter2@host\u001b[2J' }),
    /got "redis:\/\/me:\*\*\*@host\\u001b\[2J"$/,
  );
  assert.equal(withoutPassword('redis://:secret@a redis://u:p@b'), 'redis://:***@a redis://u:***@b');
});

test('a switch takes what YAML makes of on and off', () => {
  for (
    const [word, value] of [['on', true], ['true', true], ['1', true], ['off', false], ['false', false], ['0', false]]
  ) {
    assert.equal(readSettings(table, { env: { FAULTS: String(word) } }).faults, value);
  }
});

test('a list of addresses is taken apart and its slashes at the end do not count', () => {
  const { rngUrl } = readSettings(table, { env: { RNG_URL: 'http://a:1/, https://[::1]:2' } });
  assert.deepEqual(rngUrl, ['http://a:1', 'https://[::1]:2']);
  for (const wrong of ['rng', 'ftp://a', 'http://a/path', 'http://u:p@a', 'http://a,,http://b', 'http://a?x']) {
    assert.match(refusal({ RNG_URL: wrong }), /^RNG_URL must be a comma list of http/);
  }
});

test('parseFlags() takes --name value, --name=value, bare switches, and words', () => {
  const { flags, words } = parseFlags(['--delay-ms', '5', '--faults', 'role', '--pace=full'], table, 'test');
  assert.deepEqual([...flags], [['delayMs', '5'], ['faults', 'on'], ['pace', 'full']]);
  assert.deepEqual(words, ['role']);
  assert.deepEqual([...parseFlags(['--faults', 'off'], table, 'test').flags], [['faults', 'off']]);
});

test('parseFlags() refuses unknown, repeated and unfinished flags', () => {
  const cases: [string[], string][] = [
    [['--delay', '5'], 'Unknown flag --delay: rng has no such setting; see --help'],
    [['--delay-ms', '5', '--delay-ms', '6'], '--delay-ms must be given once; got it twice'],
    [['--delay-ms'], '--delay-ms must be a whole number from 0 to 60000; got nothing'],
    [['--delay-ms', '--faults'], '--delay-ms must be a whole number from 0 to 60000; got nothing'],
  ];
  for (const [args, message] of cases) {
    assert.throws(() => parseFlags(args, table, 'rng'), new SettingError(message));
  }
});

test('variableName() and the help give one setting the same name everywhere', () => {
  assert.equal(variableName('requestTimeoutMs'), 'REQUEST_TIMEOUT_MS');
  assert.match(
    settingsHelp(table),
    / {2}DELAY_MS, --delay-ms {2}\(default: 100, at full pace 0\)\n {6}the delay; a whole number from 0 to 60000\n/,
  );
});
