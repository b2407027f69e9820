/** What `www` refuses and shows before any machine hears of it; on machines it is tested in room.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unlessInstalled } from '../../../testkit/machine.ts';
import { makeRoom } from '../../../testkit/room.ts';

const skip = unlessInstalled('ssh', 'apt-get install openssh-client') || unlessInstalled('git', 'apt-get install git');

const REFUSED: readonly (readonly [args: string[], rule: RegExp])[] = [
  [['--from', 'ext::sh -c id'], /^--from must be an address such as https:.*; got "ext::sh -c id"$/m],
  [['--from', '--upload-pack=id'], /--from/],
  [['--from', 'https://-oProxyCommand=id/x'], /^--from must be an address/m],
  [['--image', 'a b'], /^--image must be an image such as .*; got "a b"$/m],
  [['--image=-v/:/x'], /^--image must be an image/m],
  [['c1'], /^www is for the room; got "c1"$/m],
];

for (const [args, rule] of REFUSED) {
  test(`www ${args.join(' ')} is refused`, { skip }, async (t) => {
    const { code, output } = await (await makeRoom(t, { clusters: 1 })).prep('www', ...args);
    assert.deepEqual([code, rule.test(output)], [2, true], output);
  });
}

test('a dry run shows each step on the first machine of the instructor, and never the token', { skip }, async (t) => {
  const room = await makeRoom(t, { clusters: 3, size: 2, settings: { webToken: 'a1b2c3d4' } });
  await room.prep('instructor', 'c2');
  const { code, stdout } = await room.prep('www', '--dry-run', '--from', 'git@example.org:coinroom.git');
  assert.equal(code, 0);
  assert.match(stdout, /^c2:n1: a clone in ~\/coinroom from git@example\.org:coinroom\.git$/m);
  for (const step of ['repository to be cloned', 'image', 'web server']) {
    assert.ok(stdout.includes(`\nc2:n1: ${step}\n`));
  }
  assert.doesNotMatch(stdout, /a1b2c3d4/);
});
