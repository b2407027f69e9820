import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { selectContainers } from '../../scripts/clean/belongings.ts';
import { costOf, formatSpan, inOrder, isOverdue, type Machine } from '../../scripts/vms/machine.ts';
import { parseAddresses } from '../../scripts/vms/parse-addresses.ts';
import { parseNameServers } from '../../scripts/vms/rights.ts';
import { addressOf, capacityOf, freeNumbers, gatewayOf, overlap, parseSubnet } from '../../scripts/vms/subnet.ts';
import { selectTargets } from '../../scripts/vms/targets.ts';
import type { LabMachine } from '../../scripts/vms/labels.ts';
import { temporaryFolder } from '../../testkit/machine.ts';
import type { Run } from '../../testkit/docker.ts';
import { runScript } from '../../testkit/script.ts';

const EXAMPLES = '10.0.0.7, 2001:db8::7, node1.example.org or ubuntu@10.0.0.7';
const HOUR = 3_600_000;

/** An engine that nobody has: what refuses has to do so before it asks one. */
const NO_ENGINE = { DOCKER_HOST: 'tcp://127.0.0.1:1' };

const refused = (...lines: string[]): string =>
  [`Cannot import: an address is such as ${EXAMPLES}. In FILE:`, ...lines].join('\n  ');

test('parseAddresses() takes one a line, and blanks, commas and semicolons between them', () => {
  const text = '\uFEFF10.0.0.1, 10.0.0.2;2001:db8::1\r\n\tnode1.example.org  ubuntu@node2 # 6.6.6.6\n\n#\n';
  const expected = ['10.0.0.1', '10.0.0.2', '2001:db8::1', 'node1.example.org', 'ubuntu@node2'];
  assert.deepEqual(parseAddresses(text, 'FILE'), expected);
});

test('parseAddresses() names each line that is wrong, not only the first', () => {
  const text = '10.0.0.1\n10.0.0.300 10.0.0.2\n\n010.0.0.1, 10.0.0.1\n2001:db8::1\n2001:DB8:0::1\n["10.0.0.9"]';
  assert.throws(() => parseAddresses(text, 'FILE'), {
    name: 'SyntaxError',
    message: refused(
      'line 2: "10.0.0.300" is no address',
      'line 4: "010.0.0.1" is no address',
      'line 4: 10.0.0.1 is there already, in line 1',
      'line 6: 2001:DB8:0::1 is there already, in line 5',
      'line 7: "[\\"10.0.0.9\\"]" is no address',
    ),
  });
});

test('parseAddresses() takes nothing that a shell, ssh or a terminal could take for something else', () => {
  const hostile = ['-oProxyCommand=reboot', '$(reboot)', '`reboot`', '10.0.0.1|reboot', '../../etc/passwd', '*', 'a_b'];
  for (const entry of hostile) {
    assert.throws(() => parseAddresses(entry, 'FILE'), {
      message: refused(`line 1: ${JSON.stringify(entry)} is no address`),
    });
  }
  assert.throws(() => parseAddresses('\x1b[2J\x9b2J\u202e1.0.0.01\0', 'FILE'), {
    message: refused('line 1: "\\u001b[2J\\u009b2J\\u202e1.0.0.01\\u0000" is no address'),
  });
  assert.throws(() => parseAddresses('9'.repeat(1_000_000), 'FILE'), {
    message: refused(`line 1: "${'9'.repeat(60)}…" is no address`),
  });
});

test('parseAddresses() does not fill the terminal with a file that is none, and refuses an empty one', () => {
  const lines = Array.from({ length: 10 }, (_, at) => `line ${at + 1}: "<>" is no address`);
  assert.throws(() => parseAddresses('<>\n'.repeat(5000), 'FILE'), { message: refused(...lines, 'and 4990 more') });
  assert.throws(() => parseAddresses('# nobody\n', 'FILE'), { message: 'Cannot import: there is no address in FILE' });
});

test('import reads the standard input, adds what is new, and says what stood there already', async (t) => {
  const vms = await inFolder(t);
  await writeFile(join(vms.folder, 'ips.txt'), '# the room\n10.0.0.1 # door\n');
  const first = await vms.run(['import', '-'], '10.0.0.1\n10.0.0.2,10.0.0.3\n');
  assert.deepEqual([first.code, first.output], [0, '2 addresses added to ips.txt; 1 stood there already; 3 in all\n']);
  assert.equal(await vms.read('ips.txt'), '# the room\n10.0.0.1 # door\n10.0.0.2\n10.0.0.3\n');
  const again = await vms.run(['import', '-', '--json'], '10.0.0.3\n');
  assert.deepEqual(JSON.parse(again.stdout), { file: 'ips.txt', added: 0, known: 1, all: 3, dryRun: false });
});

test('import writes nothing when anything is wrong, and nothing in a dry run', async (t) => {
  const vms = await inFolder(t);
  await writeFile(join(vms.folder, 'new.txt'), '10.0.0.1\n10.0.0.1\n');
  const wrong = await vms.run(['import', 'new.txt', '--hosts', 'other.txt']);
  assert.equal(wrong.code, 2);
  assert.equal(wrong.output, `${refused('line 2: 10.0.0.1 is there already, in line 1').replace('FILE', 'new.txt')}\n`);
  const dry = await vms.run(['import', '-', '--hosts', 'other.txt', '--dry-run'], '10.0.0.1');
  assert.deepEqual([dry.code, dry.output], [0, '1 address would be added to other.txt; 1 in all\n']);
  await assert.rejects(vms.read('other.txt'), { code: 'ENOENT' });
});

test('wrong usage ends with 2 and says why, before any engine is asked', async (t) => {
  const vms = await inFolder(t);
  const cases: readonly (readonly [args: string, said: string])[] = [
    ['make', 'This takes one of create, import, list, destroy; got "make"'],
    ['import', 'import takes one file of addresses; - is the standard input'],
    ['create -n 0', '--count must be a whole number from 1 to 10000; got "0"'],
    ['create -n 2 --without-docker 3', '--without-docker must be a whole number from 0 to 2; got "3"'],
    ['create -n 2 --ttl soon', 'A time is a number with ms, s, m or h; got "soon"'],
    ['create --price -1', "--price' argument is ambiguous"],
    ['create --price 1e3', '--price is what a machine costs an hour, such as 0.05; got "1e3"'],
    ['create --login root', '--login must be small letters, digits, _ and -, and not root; got "root"'],
    ['create --lab My_Lab', '--lab must be small letters, digits and dashes; got "My_Lab"'],
    ['create --network 10.0.0.1/20', 'A subnet is such as 10.101.0.0/20: /8 to /29, beginning at its first address'],
    ['create --provider cloud', '--provider must be lab or terraform; got "cloud"'],
    ['create --provider terraform', '--provider terraform takes one directory'],
    ['create --provider terraform . -n 3', '--count is for the lab'],
    ['create ten', 'create takes flags only; got "ten"'],
    ['create --image x --without-docker 1', '--image is one for all: not with --without-docker'],
  ];
  for (const [args, said] of cases) {
    const { code, output } = await vms.run(args.split(' '));
    assert.deepEqual([code, output.includes(said)], [2, true], `${args}: ${output}`);
  }
});

test('LAB_PASSWORD with a line break is refused, and not shown', async (t) => {
  const vms = await inFolder(t);
  const { code, output } = await vms.run(['create'], '', { LAB_PASSWORD: 'secret\nroot:secret' });
  assert.deepEqual([code, output], [2, 'LAB_PASSWORD must be one line, without control characters\n']);
});

test('a list that cannot be read is found before anything is made', async (t) => {
  const vms = await inFolder(t);
  await writeFile(join(vms.folder, 'ips.txt'), Buffer.from('\uFEFF10.0.0.1\n', 'utf16le'));
  const { code, output } = await vms.run(['create']);
  assert.equal(code, 1);
  assert.match(output, /^Cannot read .*ips\.txt: /);
});

test('without an engine, list says so and ends with 1', async (t) => {
  const vms = await inFolder(t);
  const { code, stdout } = await vms.run(['list']);
  assert.equal(code, 1);
  assert.match(stdout, /^0 machines\nThe lab cannot be asked: /);
});

const NOW = Date.parse('2026-03-01T12:00:00Z');

function machine(name: string, fields: Partial<Machine> = {}): LabMachine {
  const times = { createdAt: NOW - 2 * HOUR, ttlMs: undefined, price: undefined };
  const place = { provider: 'lab', origin: 'lab', address: `10.0.0.${name.slice(2)}`, hostsFile: '/ips.txt' } as const;
  const container = { number: Number(name.slice(2)), containerName: `lab-${name}`, containerId: name };
  return { ...place, ...times, ...container, name, state: 'running', ...fields };
}

test('inOrder() begins with those that are longest overdue, and ends with those that may run for ever', () => {
  const machines = [
    ...[machine('vm10'), machine('vm2'), machine('vm3', { ttlMs: 3 * HOUR }), machine('vm4', { ttlMs: 1 * HOUR })],
    ...[machine('vm5', { ttlMs: 0.5 * HOUR }), machine('vm6', { ttlMs: 2 * HOUR })],
  ];
  const names = inOrder(machines, NOW).map((one) => `${one.name}${isOverdue(one, NOW) ? ' overdue' : ''}`);
  assert.deepEqual(names, ['vm5 overdue', 'vm4 overdue', 'vm6 overdue', 'vm3', 'vm2', 'vm10']);
});

test('costOf() is the price of the time so far, and nothing without a price', () => {
  assert.equal(costOf(machine('vm1', { price: 0.25 }), NOW), 0.5);
  assert.equal(costOf(machine('vm1'), NOW), 0);
  assert.equal(costOf(machine('vm1', { price: 1, createdAt: NOW + HOUR }), NOW), 0, 'by a clock that is ahead');
});

test('formatSpan() says as much as somebody needs to decide', () => {
  const spans = {
    999: '0 s',
    59_000: '59 s',
    60_000: '1 min',
    [3 * HOUR + 120_000]: '3 h 2 min',
    [52 * HOUR]: '2 d 4 h',
  };
  for (const [ms, words] of Object.entries(spans)) assert.equal(formatSpan(Number(ms)), words);
});

test('a subnet gives the bridge its second address, and the machines those that follow', () => {
  const subnet = parseSubnet('10.101.240.0/20');
  assert.deepEqual([gatewayOf(subnet), addressOf(subnet, 1), addressOf(subnet, 1023)], [
    ...['10.101.240.1', '10.101.240.2', '10.101.244.0'],
  ]);
  assert.deepEqual([capacityOf(subnet), capacityOf(parseSubnet('10.0.0.0/24'))], [1023, 253]);
  const others = ['10.101.224.0/20', '10.101.255.0/24', '10.0.0.0/8', '10.102.0.0/16'];
  assert.deepEqual(others.map((other) => overlap(subnet, parseSubnet(other))), [false, true, true, false]);
  for (const wrong of ['10.0.0.0', '10.0.0.0/30', '10.0.0.8/24', '10.0.0.256/29', '10.0.0/24', '::/20', '0.0.0.0/0']) {
    assert.throws(() => parseSubnet(wrong), { name: 'RangeError' }, wrong);
  }
});

test('freeNumbers() goes on behind the highest, fills gaps only where it must, and knows when there is no room', () => {
  assert.deepEqual(freeNumbers([], 3, 5), [1, 2, 3]);
  assert.deepEqual(freeNumbers([1, 3], 2, 5), [4, 5]);
  assert.deepEqual(freeNumbers([5, 1], 2, 5), [2, 3]);
  assert.equal(freeNumbers([1, 2, 3], 3, 5), undefined);
});

test('parseNameServers() leaves out those of the loopback, which nobody else reaches', () => {
  assert.deepEqual(parseNameServers('# x\nnameserver 127.0.0.11\nnameserver 10.0.0.2\nnameserver ::1\nsearch a\n'), [
    '10.0.0.2',
  ]);
});

test('selectTargets() takes what is meant and no more, and the network with the last machine', () => {
  const machines = [machine('vm1'), machine('vm2', { createdAt: Date.now() - HOUR, ttlMs: 1000 })];
  const directory = {
    directory: '/tf',
    createdAt: 0,
    hostsFile: '/ips.txt',
    machines: [{ name: 'a', address: '10.9.0.1' }],
  };
  const known = { lab: { machines, volumes: ['lab-vm1', 'lab-vm7'], network: true }, directories: [directory] };
  const nothing = { names: [], provider: undefined, all: false, overdue: false };
  const chosen = (selection: Partial<Parameters<typeof selectTargets>[1]>) => {
    const { machines, orphans, network, directories } = selectTargets(known, { ...nothing, ...selection });
    return [machines.map(({ name }) => name).join(' '), orphans.join(' '), network, directories.length];
  };
  assert.deepEqual(chosen({ names: ['vm1', '10.0.0.1', 'lab-vm1'] }), ['vm1', '', false, 0]);
  assert.deepEqual(chosen({ names: ['vm1', '10.0.0.2'] }), ['vm1 vm2', '', true, 0]);
  assert.deepEqual(chosen({ overdue: true }), ['vm2', '', false, 0]);
  assert.deepEqual(chosen({ all: true }), ['vm1 vm2', 'lab-vm7', true, 1]);
  assert.deepEqual(chosen({ all: true, provider: 'lab' }), ['vm1 vm2', 'lab-vm7', true, 0]);
  assert.deepEqual(chosen({ provider: 'terraform' }), ['', '', false, 1]);
  const refusals: readonly (readonly [Partial<Parameters<typeof selectTargets>[1]>, RegExp])[] = [
    [{}, /^destroy takes the names or addresses of machines, or --all, or --overdue/],
    [{ all: true, overdue: true }, /one of them$/],
    [{ names: ['vm3'] }, /^There is no machine "vm3"/],
    [{ names: ['10.9.0.1'] }, /^10\.9\.0\.1 is terraform's, .* --provider terraform \/tf$/],
  ];
  for (const [selection, message] of refusals) {
    assert.throws(() => selectTargets(known, { ...nothing, ...selection }), { name: 'UsageError', message });
  }
});

test('clean.mjs takes machines of the lab for no part of a project', () => {
  const machine = { name: 'lab-vm1', project: undefined, labels: { coinroom: 'vm', 'coinroom.lab': 'lab' } };
  assert.deepEqual(selectContainers([machine], { kind: 'project', name: 'shop' }), []);
});

interface Folder {
  readonly folder: string;
  readonly run: (args: readonly string[], input?: string, env?: Readonly<Record<string, string>>) => Promise<Run>;
  readonly read: (file: string) => Promise<string>;
}

/** vms.mjs in a folder of its own, without an engine. */
async function inFolder(t: Parameters<typeof temporaryFolder>[0]): Promise<Folder> {
  const folder = await temporaryFolder(t);
  return {
    folder,
    run: (args, input = '', env = {}) =>
      runScript('vms', args, { cwd: folder, input, env: { LAB_PASSWORD: undefined, ...NO_ENGINE, ...env } }),
    read: (file) => readFile(join(folder, file), 'utf8'),
  };
}
