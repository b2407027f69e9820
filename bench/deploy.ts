/** What a deployment costs: the image, the way to the first coin, and the gap of an update. Needs a Docker engine. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openProject } from '../scripts/lib/compose-project.ts';
import { createProject, type Project } from '../testkit/compose.ts';
import { cloneProject } from '../testkit/clone.ts';
import { docker, output, run, runContainer, uniqueName } from '../testkit/docker.ts';
import { eventually } from '../testkit/eventually.ts';
import { ROOT, type Scope } from '../testkit/machine.ts';
import { runScript } from '../testkit/script.ts';
import { type BenchOptions, inTurns, median, seconds } from './lib/figure.ts';

export async function benchDeploy(options: BenchOptions): Promise<void> {
  await benchImage(options);
  await benchFirstCoin(options);
  await benchUpdate(options);
}

async function benchImage(
  { scope, isQuick, report, say }: BenchOptions,
): Promise<void> {
  const rounds = isQuick ? 1 : 5;
  say(`the image, ${rounds} times from nothing and after a change …`);
  const clone = await cloneProject(scope);
  const image = uniqueName('coinroom-bench');
  scope.after(() => run(['docker', 'rmi', '--force', image]));
  const build = (...flags: string[]) =>
    output(['docker', 'build', ...flags, '--tag', image, clone], {
      env: { DOCKER_BUILDKIT: '0' },
    });
  let changes = 0;
  const times = await inTurns({
    nothing: () => seconds(() => build('--no-cache')),
    change: async () => {
      await writeFile(join(clone, 'src', 'changed.ts'), `// ${++changes}\n`);
      // Without a network: what was fetched before has to do.
      return await seconds(() => build('--network', 'none'));
    },
  }, rounds);
  report({
    name: 'image from nothing',
    unit: 's',
    value: median(times.nothing),
  });
  report({
    name: 'image after a change of a source, no network',
    unit: 's',
    value: median(times.change),
    ratio: { 'from nothing': median(times.change) / median(times.nothing) },
  });
  const size = async (name: string): Promise<number> => Number(await docker('inspect', '--format', '{{.Size}}', name));
  const own = await size(image) - await size('node:26-slim');
  report({
    name: 'image on top of its base',
    unit: 'MB',
    value: own / 1e6,
    ratio: { 'its base': own / await size('node:26-slim') },
  });
}

async function benchFirstCoin(
  { scope, isQuick, report, say }: BenchOptions,
): Promise<void> {
  const rounds = isQuick ? 1 : 5;
  say(
    `from nothing to the first hash and coin, ${rounds} times by compose.mjs and by Compose alone …`,
  );
  const project = await createProject(scope);
  await project.compose('build', 'worker');
  const measure = async (
    up: () => Promise<unknown>,
  ): Promise<{ hash: number; coin: number }> => {
    const from = performance.now();
    const upIsDone = up();
    const until = async (what: 'hashes' | 'coins'): Promise<number> => {
      await eventually(async () => (await project.numbers())[what]! > 0, {
        what,
        withinMs: 120_000,
        everyMs: 50,
      });
      return (performance.now() - from) / 1000;
    };
    const [hash, coin] = [await until('hashes'), await until('coins')];
    await upIsDone;
    await project.compose('down', '--volumes', '--timeout', '1');
    return { hash, coin };
  };
  const ours = () =>
    runScript('compose', ['up', '-p', project.name], {
      cwd: ROOT,
      env: project.env,
    });
  const times = await inTurns({
    ours: () => measure(ours),
    theirs: () => measure(() => project.compose('up', '--detach')),
  }, rounds);
  const hash = median(times.ours.map(({ hash }) => hash));
  report({
    name: 'up to the first hash',
    unit: 's',
    value: hash,
    ratio: {
      'Compose alone': hash / median(times.theirs.map(({ hash }) => hash)),
    },
  });
  report({
    name: 'up to the first coin',
    unit: 's',
    value: median(times.ours.map(({ coin }) => coin)),
  });
}

interface Update {
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  /** The longest time without an answer. */
  readonly gapMs: number;
  readonly failures: Readonly<Record<string, number>>;
}

async function benchUpdate(
  { scope, isQuick, report, say }: BenchOptions,
): Promise<void> {
  const updates = isQuick ? 2 : 20;
  say(
    `${updates} updates of hasher under load, by compose.mjs and by Compose alone …`,
  );
  const project = await createProject(scope, { PACE: 'full' });
  await project.compose('build', 'hasher');
  const images = [
    await otherImage(scope, project, 'a'),
    await otherImage(scope, project, 'b'),
  ];
  const files = [join(ROOT, 'compose.yml'), join(ROOT, 'compose.full.yml')];
  await project.compose(
    ...files.flatMap((file) => ['-f', file]),
    'up',
    '--detach',
    'hasher',
  );
  const plain = await openProject({
    files,
    name: project.name,
    env: project.env,
  });
  let turn = 0;
  const next = (): string => images[turn++ % images.length]!;
  const all = await inTurns({
    ours: () =>
      underLoad(scope, project, async () => {
        const flags = [
          '--image',
          next(),
          ...files.flatMap((file) => ['-f', file]),
        ];
        const { code, output } = await runScript('compose', [
          'update',
          'hasher',
          '-p',
          project.name,
          ...flags,
        ], {
          cwd: ROOT,
          env: project.env,
        });
        if (code !== 0) throw new Error(output);
      }),
    theirs: () =>
      underLoad(
        scope,
        project,
        () =>
          plain.compose([
            'up',
            '-d',
            '--no-deps',
            '--force-recreate',
            'hasher',
          ]),
      ),
  }, updates);
  const sum = (
    list: readonly Update[],
    of: (update: Update) => number,
  ): number => list.reduce((total, update) => total + of(update), 0);
  const failed = {
    ours: sum(all.ours, (one) => one.failed),
    theirs: sum(all.theirs, (one) => one.failed),
  };
  say(`failures: ${JSON.stringify(all.ours.map(({ failures }) => failures))}`);
  report({
    name: `requests in ${updates} updates`,
    unit: '',
    value: sum(all.ours, (one) => one.requests),
  });
  report({
    name: 'failed requests',
    unit: '',
    value: failed.ours,
    ratio: {
      [`Compose alone, where ${failed.theirs} failed`]: failed.ours /
        failed.theirs,
    },
  });
  const gaps = (list: readonly Update[]): number[] => list.map(({ gapMs }) => gapMs);
  report({
    name: 'longest time without an answer, median of the updates',
    unit: 'ms',
    value: median(gaps(all.ours)),
    ratio: {
      'Compose alone': median(gaps(all.ours)) / median(gaps(all.theirs)),
    },
  });
  report({
    name: 'longest time without an answer, of all',
    unit: 'ms',
    value: Math.max(...gaps(all.ours)),
  });
  report({
    name: 'an update, until the old one has gone',
    unit: 's',
    value: median(all.ours.map((one) => one.seconds)),
    ratio: {
      'Compose alone': median(all.ours.map((one) => one.seconds)) /
        median(all.theirs.map((one) => one.seconds)),
    },
  });
}

/** The project's image under another name and with another id. */
async function otherImage(
  scope: Scope,
  project: Project,
  label: string,
): Promise<string> {
  const image = `${project.name}-other:${label}`;
  scope.after(() => run(['docker', 'rmi', '--force', image]));
  await output(['docker', 'build', '--tag', image, '-'], {
    input: `FROM coinroom:${project.version}\nLABEL other=${label}\n`,
    env: { DOCKER_BUILDKIT: '0' },
  });
  return image;
}

/** Updates while a client in the project's network asks without a pause. */
async function underLoad(
  scope: Scope,
  project: Project,
  update: () => Promise<unknown>,
): Promise<Update> {
  const client = await runContainer(scope, [
    ...[
      '--network',
      `${project.name}_default`,
      '--volume',
      `${join(ROOT, 'bench', 'lib')}:/bench:ro`,
    ],
    ...['node:26-slim', 'node', '/bench/steady-client.ts', 'http://hasher/'],
  ]);
  const from = performance.now();
  await update();
  const took = (performance.now() - from) / 1000;
  await client.stop();
  const { requests, failures, longestMs } = JSON.parse(await client.logs());
  await docker('rm', '--force', client.id);
  const failed = Object.values<number>(failures).reduce(
    (sum, count) => sum + count,
    0,
  );
  return { seconds: took, requests, failed, failures, gapMs: longestMs };
}
