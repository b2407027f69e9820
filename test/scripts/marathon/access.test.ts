/** Where Marathon is, and what lets in there: from the environment and from files, never shown. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '../../../scripts/lib/command-line.ts';
import { clearTextWarning, readAccess } from '../../../scripts/marathon/access.ts';
import { temporaryFolder } from '../../../testkit/machine.ts';

const URL_OF_ONE = 'http://10.0.0.1:8080';

test('a file goes before the environment, also where that has a login of the other kind', async (t) => {
  const folder = await temporaryFolder(t);
  const [token, password] = ['token', 'password'].map((name) => join(folder, name));
  await writeFile(token!, 'token=of.a.file\n');
  await writeFile(password!, 'a word: of a file\r\n');
  const env = { MARATHON_USER: 'student', MARATHON_TOKEN: 'other', MARATHON_PASSWORD: 'other' };
  assert.equal(readAccess(URL_OF_ONE, { 'token-file': token }, env).authorization, 'token=of.a.file');
  assert.equal(
    readAccess(URL_OF_ONE, { 'password-file': password }, env).authorization,
    `Basic ${Buffer.from('student:a word: of a file').toString('base64')}`,
  );
});

test('readAccess() refuses what is no address, or no single login, and shows no secret', async (t) => {
  const empty = join(await temporaryFolder(t), 'empty');
  await writeFile(empty, '\n');
  const place = 'URL must be http://HOST:PORT or https://HOST:PORT, with commas between several; got ';
  const wrong:
    readonly (readonly [urls: string | undefined, values: object, env: Record<string, string>, message: string])[] = [
      [undefined, {}, {}, 'URL is missing: that of Marathon, such as http://10.0.0.1:8080'],
      ['http://a:s3cret@b', {}, {}, 'URL must have no login: MARATHON_USER and MARATHON_PASSWORD are for that'],
      ['a:s3cret@b', {}, {}, `${place}one with an @`],
      ['10.0.0.1:8080', {}, {}, `${place}"10.0.0.1:8080"`],
      ['http://a/?token=s3cret', {}, {}, `${place}"http://a/?…"`],
      ['zk://a:2181', {}, {}, `${place}"zk://a:2181"`],
      [
        URL_OF_ONE,
        { 'token-file': 'a', 'password-file': 'b' },
        {},
        '--token-file and --password-file are two logins: give one',
      ],
      [
        URL_OF_ONE,
        {},
        { MARATHON_TOKEN: 's3cret', MARATHON_PASSWORD: 's3cret' },
        'MARATHON_TOKEN and MARATHON_PASSWORD are two logins: set one',
      ],
      [
        URL_OF_ONE,
        {},
        { MARATHON_TOKEN: 'of s3cret\n' },
        'The token must be one word, or token= and one word, as DC/OS takes it',
      ],
      [URL_OF_ONE, {}, { MARATHON_PASSWORD: 's3cret' }, 'The password has no user: MARATHON_USER'],
      [URL_OF_ONE, {}, { MARATHON_USER: 'a:b', MARATHON_PASSWORD: 's3cret' }, 'MARATHON_USER must have no colon'],
      [
        URL_OF_ONE,
        {},
        { MARATHON_USER: 'a' },
        'MARATHON_USER has no password: MARATHON_PASSWORD, or --password-file FILE',
      ],
      [URL_OF_ONE, { 'token-file': '/nowhere' }, {}, 'Cannot read --token-file /nowhere: ENOENT'],
      [URL_OF_ONE, { 'token-file': empty }, {}, `Cannot read --token-file ${empty}: it is empty`],
      [URL_OF_ONE, {}, { MARATHON_CA: '/nowhere' }, 'Cannot read MARATHON_CA /nowhere: ENOENT'],
    ];
  for (const [urls, values, env, message] of wrong) {
    assert.throws(() => readAccess(urls, values, env), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.message, message);
      return true;
    });
  }
});

test('that a login goes in clear is told, unless it stays on this machine', () => {
  const env = { MARATHON_TOKEN: 'x' };
  const warn = (urls: string, given = env): string | undefined => clearTextWarning(readAccess(urls, {}, given));
  assert.equal(
    warn('http://10.0.0.1:8080,https://b,http://c'),
    'The login goes to 10.0.0.1:8080, c in clear: whoever is between can read it',
  );
  assert.equal(warn('http://127.0.0.1:8080,http://localhost,http://[::1]:1,https://b'), undefined);
  assert.equal(clearTextWarning(readAccess('http://10.0.0.1', {}, {})), undefined);
});
