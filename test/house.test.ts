/** The rules of the house: who may import whom, what it may depend on, what is generated. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { bundlePage } from '../scripts/build/page.ts';
import { projectFiles } from '../scripts/lib/working-copy.ts';
import { ROOT } from '../testkit/machine.ts';

const files = projectFiles();
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const sources = files.filter((path) => /\.(ts|mjs)$/.test(path) && !path.includes('/dist/'));

/** What the files below a place may import of ours besides their own folder; the first place that fits counts. */
const mayImport: readonly (readonly [place: string, allowed: readonly string[]])[] = [
  ['src/main.ts', ['src/roles.ts', 'src/service/', 'src/store/store.ts', 'package.json']],
  ['src/health.ts', ['src/service/addresses.ts']],
  [
    'src/roles.ts',
    [
      ...['rng', 'hasher', 'worker', 'webui', 'all', 'audit', 'www'].flatMap(startOf),
      'src/worker/settings.ts',
      'src/service/',
    ],
  ],
  ['src/service/', []],
  ['src/store/', []],
  ['src/upstream/', ['src/service/']],
  ['src/rng/', ['src/service/', 'src/upstream/']],
  ['src/hasher/', ['src/service/', 'src/upstream/']],
  ['src/worker/thread.ts', ['src/worker/messages.ts', 'src/worker/search.ts', 'src/worker/kernel/']],
  ['src/worker/search.ts', ['src/worker/messages.ts', 'src/worker/kernel/']],
  ['src/worker/messages.ts', ['src/worker/kernel/']],
  ['src/worker/kernel/', ['src/worker/kernel/']],
  ['src/worker/', ['src/service/', 'src/upstream/', 'src/store/', 'src/rng/client.ts', 'src/hasher/client.ts']],
  ['src/webui/page/', ['src/webui/snapshot.ts', 'src/webui/history.ts']],
  ['src/webui/', ['src/service/', 'src/upstream/', 'src/store/', 'src/worker/report.ts']],
  ['src/www/', ['src/service/']],
  ['src/audit/', ['src/service/', 'src/store/']],
  [
    'src/all/',
    [...['rng', 'hasher', 'worker', 'webui'].flatMap(startOf), 'src/worker/settings.ts', 'src/webui/', 'src/service/'],
  ],
  ['scripts/simulate/', ['src/service/', 'src/upstream/', 'src/store/', 'src/worker/', 'scripts/lib/']],
  ['scripts/four-byte/', ['src/service/', 'src/worker/']],
  // Lots are drawn as everywhere; the ledger reads what an audit says.
  ['scripts/chaos/', ['src/service/random.ts', 'src/store/', 'scripts/lib/']],
  ['scripts/ambassadors/', ['src/service/serve.ts', 'scripts/lib/']],
  // The end of a room takes its machines away.
  ['scripts/prep/', [
    'scripts/lib/',
    ...['flags', 'take-away', 'targets'].map((name) => `scripts/vms/${name}.ts`),
    'launch.mjs',
  ]],
  // Where roles listen that are told nothing, the program alone says.
  ['scripts/lib/roles.ts', ['src/service/addresses.ts']],
  // The chapters are rendered when the program is built.
  ['scripts/build/', ['src/www/chapters.ts']],
  ['scripts/', ['scripts/lib/', 'launch.mjs']],
  // What a journal holds, its tool alone says.
  ['testkit/chaos.ts', ['src/', 'scripts/lib/', 'scripts/chaos/']],
  // One fault alone, without the tool.
  ['testkit/machine-faults.ts', ['scripts/chaos/']],
  // A file for both orchestrators goes the whole way of their scripts.
  ['testkit/orchestrated.ts', ['scripts/lib/', 'scripts/marathon/', 'scripts/kubernetes/']],
  ['testkit/', ['src/', 'scripts/lib/', 'launch.mjs']],
  ['test/', ['src/', 'scripts/', 'testkit/', 'launch.mjs']],
  ['bench/', ['src/', 'scripts/', 'testkit/', 'launch.mjs']],
  ['launch.mjs', []],
];

/** Files that must not even import from their own folder, beyond what stands above. */
const closed = new Set(['thread.ts', 'search.ts', 'messages.ts'].map((name) => `src/worker/${name}`));

function startOf(role: string): string[] {
  return [`src/${role}/start.ts`];
}

function importsOf(path: string): string[] {
  const specifiers = [
    ...read(path).matchAll(/^(?:import|export)[^'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm),
  ];
  return specifiers.map((match) => match[1] ?? match[2] ?? match[3]!);
}

/** The folder that a file is at home in: `src/rng/`, `scripts/audit/`, `testkit/`. */
function homeOf(path: string): string {
  const parts = path.split('/');
  return parts.length === 1
    ? ''
    : `${parts.slice(0, ['test', 'testkit', 'bench'].includes(parts[0]!) ? 1 : 2).join('/')}/`;
}

test('nobody imports whom they should not', () => {
  const wrong: string[] = [];
  for (const path of sources) {
    const rule = mayImport.find(([place]) => path.startsWith(place));
    assert.ok(rule, `${path} has no rule: say in this test what it may import`);
    for (const specifier of importsOf(path).filter((one) => one.startsWith('.'))) {
      const target = normalize(join(dirname(path), specifier));
      const home = homeOf(path);
      const isOwn = !closed.has(path) && home !== '' && !home.endsWith('.ts/') && target.startsWith(home);
      if (!isOwn && !rule[1].some((allowed) => target.startsWith(allowed))) wrong.push(`${path} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('the rule would see a wrong import', () => {
  assert.deepEqual(importsOf('src/rng/start.ts').includes('./app.ts'), true);
  assert.ok(importsOf('src/store/open-store.ts').includes('./redis-store.ts'), 'a dynamic import counts');
});

test('only the two programs read the environment', () => {
  const readers = sources.filter((path) => path.startsWith('src/') && /\bprocess\.env\b|Deno\.env\b/.test(read(path)));
  assert.deepEqual(readers.sort(), ['src/health.ts', 'src/main.ts']);
});

test('dependencies stay within their budget: 10 at run time, 18 in all, each at an exact version', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const [runTime, development] = [Object.entries(dependencies!), Object.entries(devDependencies!)];
  assert.ok(runTime.length <= 10, `${runTime.length} at run time`);
  assert.ok(runTime.length + development.length <= 18, `${runTime.length + development.length} in all`);
  for (const [name, version] of [...runTime, ...development]) assert.match(version, /^\d+\.\d+\.\d+$/, name);
});

test('every package that src and scripts import is a dependency of the run time', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
  const developmentOnly = /^(src\/webui\/page|scripts\/build)\//;
  const imported = sources.filter((path) => /^(src|scripts)\//.test(path) && !developmentOnly.test(path))
    .flatMap(importsOf).filter((specifier) => !/^(\.|node:)/.test(specifier));
  const names = imported.map((specifier) => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/'));
  assert.deepEqual([...new Set(names)].filter((name) => !dependencies[name]), []);
});

test('lock files name no place to download from', () => {
  for (const file of ['package-lock.json', 'bench/package-lock.json', 'deno.lock']) {
    assert.doesNotMatch(read(file), /"resolved"|registry/, file);
  }
});

test('scripts are short entries that can be run', () => {
  for (const path of files.filter((path) => /^scripts\/[^/]+\.mjs$/.test(path))) {
    const text = read(path);
    assert.ok(text.startsWith('#!/usr/bin/env node\n'), path);
    assert.ok(text.split('\n').length <= 61, `${path} has more than 60 lines`);
    assert.ok(statSync(join(ROOT, path)).mode & 0o100, `${path} has no run bit`);
  }
});

test('test/ holds tests only', () => {
  const others = files.filter((path) => path.startsWith('test/') && !path.endsWith('.test.ts'));
  assert.deepEqual(others, ['test/older-node.test.mjs']);
});

test('the page is built from its sources', async () => {
  const bundle = await bundlePage();
  assert.deepEqual([...bundle.keys()].sort(), ['page.css', 'page.js']);
  for (const [name, text] of bundle) {
    assert.equal(read(`src/webui/page/dist/${name}`), text, `${name} is not what the sources make: npm run build`);
  }
});
