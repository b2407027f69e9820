import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ContainerUse,
  findSaturated,
  type HostUse,
  judge,
  type Sample,
  type Silence,
  sumByService,
} from '../../../scripts/top/judge.ts';
import { busiestThreadShare, parseProcesses } from '../../../scripts/top/processes.ts';
import { formatSample, sampleAsData } from '../../../scripts/top/show.ts';
import { parseBytes, parseStats } from '../../../scripts/top/stats.ts';

/** docker 28.2 and 20.10 write the same. */
const STATS = `\
{"BlockIO":"0B / 0B","CPUPerc":"103.98%","Container":"1ca0652a8ec8","ID":"1ca0652a8ec8ecd591d69d82a0123dc830bbb2ad73dfd3476bcea585cf3bd855","MemPerc":"0.13%","MemUsage":"31.84MiB / 23.54GiB","Name":"burner","NetIO":"806B / 0B","PIDs":"17"}
{"BlockIO":"0B / 0B","CPUPerc":"2.39%","Container":"3bc67da8fbbf","ID":"3bc67da8fbbf6f75c6956ccd7ed880f506bc01033d9ed5544be6d41fdbe8ac41","MemPerc":"0.43%","MemUsage":"4.406MiB / 1GiB","Name":"cl_redis_1","NetIO":"521kB / 513kB","PIDs":"6"}
`;

/** Two threads that burn, beside Node's own; a sleep and an idle Node. ps is that of procps 4.0.2. */
const PROCESSES = `\
PID                 %CPU                COMMAND
17087               109                 node -e const {Worker}=require("worker_threads")
17728               0.8                 sleep 50
17752               2.7                 node -e setTimeout(()=>{},50000)
`;
const THREADS = `\
PID                 LWP                 %CPU
17087               17087               109
17087               17134               0.0
17087               17140               0.0
17087               17141               59.7
17087               17142               53.6
17728               17728               0.8
17752               17752               2.7
17752               17777               0.0
`;
const ONE_PROCESS =
  'PID                 %CPU                COMMAND\n6385                91.7                node -e for(;;);\n';
const ONE_THREAD = `\
PID                 LWP                 %CPU
6385                6385                91.6
6385                6414                0.0
6385                6415                0.2
`;

test('parseStats() reads what docker stats says, and leaves out what docker could not tell', () => {
  const gone = '{"CPUPerc":"--","ID":"5f","MemUsage":"-- / --"}\n';
  assert.deepEqual(parseStats(STATS + gone), [
    {
      id: '1ca0652a8ec8ecd591d69d82a0123dc830bbb2ad73dfd3476bcea585cf3bd855',
      cpuPercent: 103.98,
      memoryBytes: 33_386_660,
    },
    {
      id: '3bc67da8fbbf6f75c6956ccd7ed880f506bc01033d9ed5544be6d41fdbe8ac41',
      cpuPercent: 2.39,
      memoryBytes: 4_620_026,
    },
  ]);
  assert.deepEqual(parseStats(''), []);
  assert.throws(() => parseStats('{"ID":"5f"}'), {
    name: 'SyntaxError',
    message: 'Cannot read what docker stats says: a line is JSON with ID, CPUPerc, MemUsage; got {"ID":"5f"}',
  });
});

test('parseBytes() knows the units of memory, and no others', () => {
  assert.deepEqual(['0B', '952B', '1KiB', '1.5GiB', '2TiB'].map(parseBytes), [0, 952, 1024, 1_610_612_736, 2 ** 41]);
  assert.throws(() => parseBytes('1kB'), { message: 'A size is a number with B, KiB, MiB, GiB, TiB; got 1kB' });
});

test('parseProcesses() counts processes, and names the program of the busiest', () => {
  assert.deepEqual(parseProcesses(PROCESSES), { count: 3, busiest: 'node' });
  const nginx = 'PID %CPU COMMAND\n7 0.0 nginx: master process /usr/sbin/nginx\n8 0.1 /usr/bin/perl -w\n';
  assert.deepEqual(parseProcesses(nginx), { count: 2, busiest: 'perl' });
  assert.deepEqual(parseProcesses(nginx.replace('0.0', '3.0')), { count: 2, busiest: 'nginx' });
  assert.equal(parseProcesses('PID                 %CPU                COMMAND\n'), undefined);
});

test('busiestThreadShare() does not take for a thread what ps writes of the whole process', () => {
  assert.equal(busiestThreadShare(PROCESSES, THREADS)?.toFixed(2), '0.53');
  assert.equal(busiestThreadShare(ONE_PROCESS, ONE_THREAD)?.toFixed(2), '1.00');
  // An older ps writes the first thread's own share.
  assert.equal(
    busiestThreadShare(PROCESSES, THREADS.replace('17087               109', '17087               0.1'))?.toFixed(2),
    '0.53',
  );
  assert.equal(busiestThreadShare(ONE_PROCESS.replace('91.7', '0.0'), ONE_THREAD), undefined);
});

const use = (name: string, cpuPercent: number, more: Partial<ContainerUse> = {}): ContainerUse => ({
  id: name,
  name,
  service: name.replace(/_\d+$/, ''),
  cpuPercent,
  cpuLimit: 0,
  memoryBytes: 50 * 1024 ** 2,
  memoryLimitBytes: 0,
  processes: { count: 1, busiest: 'node' },
  threadShare: undefined,
  ...more,
});

const host = (containers: readonly ContainerUse[], { node = 'n1', cores = 4, othersCpuPercent = 0 } = {}): HostUse => ({
  node,
  cores,
  containers,
  othersCpuPercent,
});

const sampleOf = (hosts: readonly HostUse[], silent: readonly Silence[] = []): Sample => ({
  at: '2026-11-24T19:06:15.630Z',
  hosts,
  silent,
});

const sample = (...one: Parameters<typeof host>): Sample => sampleOf([host(...one)]);

test('sumByService() adds up what the containers of a service use', () => {
  assert.deepEqual(sumByService([use('worker_1', 10), use('rng_1', 1), use('worker_2', 5)]), [
    { service: 'rng', containers: 1, cpuPercent: 1, memoryBytes: 50 * 1024 ** 2 },
    { service: 'worker', containers: 2, cpuPercent: 15, memoryBytes: 100 * 1024 ** 2 },
  ]);
});

test('a service is saturated at 90 % of what its containers together may use', () => {
  const why = (containers: readonly ContainerUse[]) => findSaturated(sample(containers));
  assert.deepEqual(why([use('worker_1', 200), use('worker_2', 160), use('rng_1', 4)]), [
    { service: 'worker', why: "it uses 90 % of the host's 4 cores" },
  ]);
  assert.deepEqual(why([use('worker_1', 180), use('worker_2', 160)]), []);
  assert.deepEqual(why([use('worker_1', 48, { cpuLimit: 0.5 }), use('worker_2', 47, { cpuLimit: 0.5 })]), [
    { service: 'worker', why: 'it uses 95 % of the 1 core that it may use' },
  ]);
  assert.deepEqual(why([use('worker_1', 48, { cpuLimit: 0.5 }), use('worker_2', 3, { cpuLimit: 0.5 })]), [
    { service: 'worker', why: 'at the limit of worker_1 (48 %)' },
  ]);
});

test('a container has one core full when one thread does its work', () => {
  const why = (cpuPercent: number, threadShare?: number) =>
    findSaturated(sample([use('rng_1', cpuPercent, { threadShare })]));
  const full = [{ service: 'rng', why: 'one core full in rng_1 (98 %)' }];
  assert.deepEqual(why(98, 0.95), full);
  assert.deepEqual(why(98), full, 'where nobody can tell of threads');
  assert.deepEqual(why(98, 0.4), []);
  assert.deepEqual(why(89, 1), []);
  assert.deepEqual(why(111, 1), []);
});

test('judge() says that what is slow waits for something else, when there is CPU left', () => {
  const waits = 'what is slow waits for something else';
  assert.deepEqual(judge(sample([use('worker_1', 3), use('rng_1', 2)])), [
    `nothing is saturated: the CPU is idle; ${waits}`,
  ]);
  assert.deepEqual(judge(sample([use('worker_1', 140), use('worker_2', 140)])), [
    `nothing is saturated: 30 % of the CPU is idle; ${waits}`,
  ]);
});

test('judge() does not call a host idle that others keep busy', () => {
  assert.deepEqual(judge(sample([use('worker_1', 3), use('rng_1', 79)], { othersCpuPercent: 300 })), [
    'the host is saturated: 96 % of its CPU is used by all that runs there; of these services rng uses most, 79 %',
  ]);
});

test('a table that has no room for all containers says how many are missing, and keeps what stands below', () => {
  const containers = [1, 2, 3, 4, 5].map((number) =>
    use(`worker_${number}`, number, { memoryLimitBytes: 100 * 1024 ** 2 })
  );
  const lines = formatSample(sample(containers), { maxLines: 10 });
  assert.deepEqual(lines, [
    'container  service    CPU    memory  of limit  processes  busiest',
    'worker_1   worker   1.0 %  50.0 MiB      50 %          1  node',
    'worker_2   worker   2.0 %  50.0 MiB      50 %          1  node',
    '… and 3 more',
    '',
    'service  containers   CPU     memory',
    'worker            5  15 %  250.0 MiB',
    '',
    'the host has 4 cores: these containers use 3.8 % of its CPU',
    'nothing is saturated: the CPU is idle; what is slow waits for something else',
  ]);
  assert.equal(formatSample(sample(containers)).length, 12);
});

test('a service is judged on each host by the cores of that host', () => {
  const small = host([use('worker_1', 95), use('rng_1', 3)], { node: 'n1', cores: 1 });
  const large = host([use('worker_2', 95, { threadShare: 0.3 })], { node: 'n2', cores: 8 });
  assert.deepEqual(findSaturated(sampleOf([small, large])), [
    { service: 'worker', why: 'it uses 95 % of the 1 core of n1' },
  ]);
  const limited = host([use('worker_3', 46, { cpuLimit: 0.5 })], { node: 'n3' });
  assert.deepEqual(findSaturated(sampleOf([small, limited])), [
    { service: 'worker', why: 'it uses 95 % of the 1 core of n1, 92 % of the 0.5 cores that it may use on n3' },
  ]);
  const oneCore = host([use('rng_2', 99)], { node: 'n2' });
  assert.deepEqual(findSaturated(sampleOf([host([use('rng_1', 99)]), oneCore])), [
    { service: 'rng', why: 'one core full in rng_1 on n1 (99 %), rng_2 on n2 (99 %)' },
  ]);
});

test('of several hosts each that is saturated is named, beside the services', () => {
  const quiet = host([use('rng_1', 3)], { node: 'n1' });
  const busy = host([use('worker_1', 2)], { node: 'n2', cores: 2, othersCpuPercent: 190 });
  const named =
    'n2 is saturated: 96 % of its CPU is used by all that runs there; of these services worker uses most, 2.0 %';
  assert.deepEqual(judge(sampleOf([quiet, busy])), [named]);
  assert.deepEqual(judge(sampleOf([host([use('rng_1', 99)]), busy])), [
    'rng is saturated: one core full in rng_1 on n1 (99 %)',
    named,
  ]);
  assert.deepEqual(judge(sampleOf([host([use('rng_1', 220)]), host([], { node: 'n2', othersCpuPercent: 340 })])), [
    'nothing is saturated: 30 % of the CPU is idle; what is slow waits for something else',
  ]);
});

test('the table of several hosts has a column for the node, a line for each host, and one for who does not answer', () => {
  const hosts = [
    host([use('rng_1', 2)], { node: 'c1:n1' }),
    host([use('worker_1', 4)], { node: 'c1:n2', cores: 2, othersCpuPercent: 20 }),
  ];
  const silent = [{ node: 'c1:n3', why: 'no route to host' }];
  assert.deepEqual(formatSample(sampleOf(hosts, silent)), [
    'node   container  service    CPU    memory  of limit  processes  busiest',
    'c1:n1  rng_1      rng      2.0 %  50.0 MiB         -          1  node',
    'c1:n2  worker_1   worker   4.0 %  50.0 MiB         -          1  node',
    '',
    'service  containers    CPU    memory',
    'rng               1  2.0 %  50.0 MiB',
    'worker            1  4.0 %  50.0 MiB',
    '',
    'c1:n1 has 4 cores: these containers use 0.5 % of its CPU',
    'c1:n2 has 2 cores: these containers use 2.0 % of its CPU, others 10 %',
    'c1:n3 does not answer: no route to host',
    'nothing is saturated: the CPU is idle; what is slow waits for something else',
  ]);
  const data = sampleAsData(sampleOf(hosts, silent), 'coinroom');
  assert.deepEqual([data.cores, data.cpuPercent, data.othersCpuPercent], [6, 6, 20]);
  assert.deepEqual(data.containers.map(({ node, name }) => `${node} ${name}`), ['c1:n1 rng_1', 'c1:n2 worker_1']);
  assert.deepEqual(data.hosts[1], { node: 'c1:n2', cores: 2, cpuPercent: 4, othersCpuPercent: 20 });
  assert.deepEqual(data.silent, silent);
});

test('one engine of two that answers is still told by its name', () => {
  const lines = formatSample(sampleOf([host([use('rng_1', 99)])], [{ node: 'n2', why: 'no route to host' }]));
  assert.match(lines[0]!, /^node +container/);
  assert.equal(lines.at(-1), 'rng is saturated: one core full in rng_1 on n1 (99 %)');
});
