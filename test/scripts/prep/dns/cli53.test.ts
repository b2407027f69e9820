/** A zone of Route 53: with a stand-in for cli53 that records its arguments. What a resolver says comes from a real server. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import type { Entry } from '../../../../scripts/lib/room/journal.ts';
import { startBind, unlessBind } from '../../../../testkit/bind.ts';
import { NAME, readNames, ZONE } from '../../../../testkit/dns-room.ts';
import type { Run } from '../../../../testkit/docker.ts';
import { type Scope, unlessInstalled } from '../../../../testkit/machine.ts';
import { makeRoom } from '../../../../testkit/room.ts';
import { runScript } from '../../../../testkit/script.ts';

const skip = unlessBind;

/** It keeps the zone in a file, as cli53 0.8 exports it, and does what its other files say. */
const STAND_IN = `#!/bin/sh
cd "\${0%/*}"
printf '%s\\n' "$*" >>calls
verb=$1; shift
while [ "\${1#--}" != "$1" ]; do [ "$1" != --replace ] || replace=yes; shift; done
zone=$1; shift
fail() { echo "Error: $1" >&2; exit 1; }
drop() { awk -v name="$1" -v type="$2" '$1 != name || $4 != type' zone >zone.new; mv zone.new zone; }
case $verb in
  export) cat zone; [ ! -e then ] || { cat then >>zone; rm then; } ;;
  rrcreate) [ ! -e refuses ] || fail 'AccessDenied: not yours'
    printf '%s\\n' "$@" | awk -v OFS='\\t' '{ print $1, $2, "IN", $3, $4 }' >records
    while read -r name ttl class type value; do
      if awk -v name="$name" -v type="$type" '$1 == name && $4 == type { found = 1 } END { exit !found }' zone; then
        [ -n "$replace" ] || fail 'InvalidChangeBatch: it already exists'
        drop "$name" "$type"
      fi
    done <records
    cat records >>zone ;;
  rrdelete) drop "$1" "$2" ;;
esac
[ ! -e "late-$verb" ] || fail 'RequestError: the network is down'
`;

const OTHERS = `$ORIGIN ${ZONE}.
${ZONE}.	900	IN	SOA	ns. hostmaster. 1 7200 900 1209600 86400
*.${ZONE}.	300	IN	A	10.0.0.200
mushroom.${ZONE}.	300	IN	A	10.0.0.30
${NAME}.	300	IN	TXT	"no address"
`;

interface Room {
  readonly folder: string;
  readonly prep: (...args: string[]) => Promise<Run>;
  /** Writes a file beside the stand-in. */
  readonly tell: (file: string, text?: string) => Promise<void>;
  /** Its calls since the last time. */
  readonly calls: () => Promise<string[]>;
  /** Records of the zone besides those of others. */
  readonly zone: () => Promise<string[]>;
  readonly journal: () => Promise<Entry[]>;
}

async function makeStandIn(t: Scope, records = ''): Promise<Room> {
  const { folder } = await makeRoom(t, {
    ...{ clusters: 1, size: 1, address: () => '10.0.0.7' },
    settings: { dnsName: NAME, dns: { provider: 'cli53', zone: ZONE } },
  });
  const { address } = await startBind(t, { zone: ZONE, records: 'room A 10.0.0.7\n' });
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'cli53'), STAND_IN);
  await chmod(join(bin, 'cli53'), 0o755);
  await writeFile(join(bin, 'zone'), OTHERS + records);
  const env = { PATH: [bin, process.env.PATH].join(delimiter), LAB_NAME: 'coinroom-none' };
  return {
    folder,
    prep: async (verb, ...args) => {
      const resolver = verb === 'dns'
        ? ['--resolver', address]
        : await writeFile(join(folder, 'ips.txt'), '# gone\n') ?? [];
      return await runScript('prep', [verb!, ...resolver, ...args], { cwd: folder, env });
    },
    tell: (file, text = '') => writeFile(join(bin, file), text),
    calls: async () => {
      const lines = (await readFile(join(bin, 'calls'), 'utf8')).trimEnd().split('\n');
      await rm(join(bin, 'calls'));
      return lines.filter((line) => !line.startsWith('export'));
    },
    zone: async () => {
      const text = await readFile(join(bin, 'zone'), 'utf8');
      for (const line of OTHERS.trimEnd().split('\n')) assert.ok(text.includes(`${line}\n`), line);
      return text.trimEnd().split('\n').filter((line) => !OTHERS.includes(line));
    },
    journal: () => readNames(folder),
  };
}

const OURS = `${NAME}.\t60\tIN\tA\t10.0.0.7`;
const STRANGE = `${NAME}.\t300\tIN\tA\t10.0.0.9`;

test('a record that is not there yet is created, so that Route 53 refuses it where it is there by now', {
  skip,
}, async (t) => {
  const { prep, calls, zone, journal } = await makeStandIn(t);
  const { code, output } = await prep('dns', '--yes');
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`^${NAME} is written down at Route 53; the resolver .* sees it\n`));
  assert.deepEqual(await calls(), [`rrcreate --wait ${ZONE} ${NAME}. 60 A 10.0.0.7`]);
  assert.deepEqual(await zone(), [OURS]);
  const records = [{ type: 'A', address: '10.0.0.7' }];
  assert.deepEqual(await journal(), [
    { kind: 'dns', settings: { provider: 'cli53', zone: ZONE }, name: NAME, records },
  ]);
  const again = await prep('dns');
  assert.deepEqual([again.code, await calls()], [0, []]);
});

test('a record that is there is replaced, one of the other family is deleted, and close deletes ours', {
  skip: skip || unlessInstalled('ssh', 'apt-get install openssh-client'),
}, async (t) => {
  const { prep, calls, zone } = await makeStandIn(t, `${STRANGE}\n${NAME}.\t300\tIN\tAAAA\t2001:db8::9\n`);
  const asked = await prep('dns');
  assert.match(
    asked.output,
    /, which replaces an A record and takes away an AAAA record that this room did not make\?/,
  );
  assert.deepEqual(await calls(), []);
  assert.equal((await prep('dns', '--yes')).code, 0);
  assert.deepEqual(await calls(), [
    `rrcreate --replace --wait ${ZONE} ${NAME}. 60 A 10.0.0.7`,
    `rrdelete --wait ${ZONE} ${NAME}. AAAA`,
  ]);
  assert.deepEqual(await zone(), [OURS]);
  const { code, output } = await prep('close', '--yes');
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`^Took away A 10\\.0\\.0\\.7 of ${NAME}$`, 'm'));
  assert.deepEqual(await calls(), [`rrdelete --wait ${ZONE} ${NAME}. A`]);
  assert.deepEqual(await zone(), []);
});

test('what somebody does meanwhile is not overwritten', { skip }, async (t) => {
  const { prep, tell, calls, zone } = await makeStandIn(t);
  await tell('then', `${STRANGE}\n`);
  const { code, output } = await prep('dns', '--yes');
  assert.equal(code, 1);
  assert.ok(output.endsWith(
    `\nCannot change the zone ${ZONE}: somebody has changed the record since it was read, so nothing was done; run it again\n`,
  ));
  assert.deepEqual([await calls(), await zone()], [[], [STRANGE]]);
});

for (
  const line of [
    `${NAME}.\t300\tIN\tCNAME\tmail.${ZONE}.`,
    `${NAME}.\t86400\tAWS\tALIAS\tA www.${ZONE}. $self false`,
    `${NAME}.\t300\tIN\tA\t10.0.0.9 ; AWS routing="WEIGHTED" weight=1 identifier="One"`,
  ]
) {
  test(`${line.replaceAll('\t', ' ')} is not for this to replace`, { skip }, async (t) => {
    const { prep, calls } = await makeStandIn(t, `${line}\n`);
    const { code, output } = await prep('dns', '--yes');
    const obstacle = line.split('\t').slice(3).join(' ');
    const said = `Cannot give ${NAME} an address: what stands there is not for this to replace; got ${obstacle}\n`;
    assert.deepEqual([code, output], [1, said]);
    assert.deepEqual(await calls(), []);
  });
}

test('what cli53 refuses is one line, and nothing is written down', { skip }, async (t) => {
  const { prep, tell, journal } = await makeStandIn(t);
  await tell('refuses');
  const { code, output } = await prep('dns', '--yes');
  assert.equal(code, 1);
  assert.ok(output.endsWith(`\nCannot change the zone ${ZONE}: AccessDenied: not yours\n`), output);
  assert.deepEqual(await journal(), []);
});

test('what was done by a cli53 that failed afterwards is written down', { skip }, async (t) => {
  const { prep, tell, journal } = await makeStandIn(t);
  await tell('late-rrcreate');
  assert.equal((await prep('dns', '--yes')).code, 0);
  assert.deepEqual((await journal()).length, 1);
});

test('what was done by half is written down as well, and is an error', { skip }, async (t) => {
  const { prep, tell, journal, zone } = await makeStandIn(t, `${NAME}.\t300\tIN\tAAAA\t2001:db8::9\n`);
  await tell('late-rrcreate');
  const { code, output } = await prep('dns', '--yes');
  assert.equal(code, 1);
  assert.ok(output.endsWith(`\nCannot change the zone ${ZONE}: RequestError: the network is down\n`), output);
  assert.equal((await zone()).length, 2);
  assert.deepEqual((await journal()).map((entry) => entry.kind === 'dns' && entry.records), [
    [{ type: 'A', address: '10.0.0.7' }],
  ]);
});

test('a cli53 that is missing is named before anything is done', { skip }, async (t) => {
  const { folder, prep } = await makeStandIn(t);
  await rm(join(folder, 'bin', 'cli53'));
  const { code, output } = await prep('dns', '--yes');
  const said = 'This needs programs that are not on this machine: cli53 (https://github.com/barnybug/cli53)\n';
  assert.deepEqual([code, output], [1, said]);
});
