/**
 * Compose files in the manner of applications that many know, for both targets. What is lost of each stands here, word by word;
 * and that nothing else is, is told by taking away whatever the file says, part by part: what then changes neither the result nor
 * the report was lost in silence, or says what holds anyhow.
 */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { checkKubernetes } from '../../scripts/kubernetes/check.ts';
import { toKubernetes } from '../../scripts/kubernetes/generate.ts';
import type { Loss } from '../../scripts/lib/compose-model/losses.ts';
import type { Application } from '../../scripts/lib/compose-model/model.ts';
import { readApplication } from '../../scripts/lib/compose-model/read-application.ts';
import { checkMarathon } from '../../scripts/marathon/check/check.ts';
import { toMarathon } from '../../scripts/marathon/generate.ts';
import { schemaErrors } from '../../testkit/kubernetes-schemas.ts';
import { ROOT, temporaryFolder } from '../../testkit/machine.ts';
import { LOST } from '../../testkit/compose-files/lost.ts';

const FOLDER = join(ROOT, 'testkit', 'compose-files');
const BUILT = 'built.yml';

/** Brought in by others. */
const PARTS = ['second-base.yml'];
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.yml') && !PARTS.includes(name));

interface Made {
  readonly made: unknown;
  readonly losses: readonly Loss[];
  readonly choices: readonly Loss[];
}

const TARGETS: Readonly<Record<'marathon' | 'kubernetes', (application: Application) => Made>> = {
  marathon: (application) => {
    const { group: made, losses, choices } = toMarathon(application);
    return { made, losses, choices };
  },
  kubernetes: (application) => {
    const { objects: made, losses } = toKubernetes(application);
    return { made, losses, choices: [] };
  },
};
const NAMES = Object.keys(TARGETS) as (keyof typeof TARGETS)[];

/** Everything in it is on. */
function read(file: string): Promise<Application> {
  return readApplication({ files: [file], name: 'room', profiles: ['*'], env: {} });
}

/** `web: networks ports`, a line for each service, and one without a name for the file; what each has lost, once. */
function summary(losses: readonly Loss[]): string[] {
  const byService = Map.groupBy(losses, ({ service }) => service ?? '');
  return [...byService].map(([name, own]) => `${name}: ${[...new Set(own.map(({ what }) => what))].join(' ')}`);
}

test('each file has its losses here', () => {
  assert.deepEqual(Object.keys(LOST).toSorted(), FILES.filter((name) => name !== BUILT).toSorted());
});

for (const [name, lost] of Object.entries(LOST)) {
  test(`${name}: Marathon takes what is made of it, and its losses are these`, async () => {
    const application = await read(join(FOLDER, name));
    const { group, losses } = toMarathon(application);
    assert.deepEqual(checkMarathon(group), []);
    assertNoDigests(application, losses);
    assert.deepEqual(summary(losses.filter(({ what }) => what !== 'image')), lost.marathon);
  });

  test(`${name}: Kubernetes takes what is made of it, and its losses are these`, async () => {
    const application = await read(join(FOLDER, name));
    const { objects, losses } = toKubernetes(application);
    assert.deepEqual(objects.flatMap((object) => schemaErrors(object)), []);
    const errors = checkKubernetes(objects).filter(({ level }) => level === 'error');
    assert.deepEqual(errors.map(({ object, rule }) => `${object}: ${rule}`), lost.errors ?? []);
    assertNoDigests(application, losses);
    assert.deepEqual(summary(losses.filter(({ what }) => what !== 'image')), lost.kubernetes);
  });
}

/** None of these images has one, and all are told. */
function assertNoDigests({ services }: Application, losses: readonly Loss[]): void {
  assert.deepEqual(
    losses.filter(({ what }) => what === 'image').map(({ service }) => service),
    services.map((service) => service.name),
  );
}

test('what is only built is refused with its place', async () => {
  const application = await read(join(FOLDER, BUILT));
  assert.throws(() => toMarathon(application), {
    name: 'SyntaxError',
    message:
      'Cannot make an app of api: it has no image, only build, and an agent builds nothing; push it, and take the file ' +
      `compose.VERSION.yml that this writes: ./scripts/compose.mjs push --registry HOST:PORT (${FOLDER}/${BUILT}, line 8)`,
  });
  assert.throws(() => toKubernetes(application), {
    name: 'SyntaxError',
    message: `Cannot deploy api (${FOLDER}/${BUILT}, line 8): it is only built, and a cluster builds nothing; ` +
      './scripts/compose.mjs push gives it an image, and writes a file with its name',
  });
});

/** What says only what holds anyhow: without it, nothing is another. */
const ANYHOW: Readonly<Record<string, readonly (readonly [path: RegExp, isSo: (value: unknown) => boolean])[]>> = {
  both: [
    // It is started again whatever it says; that it should not be is told.
    [/^services\.[^.]+\.restart$/, (value) => value === 'always' || value === 'unless-stopped'],
    // All are on.
    [/^services\.[^.]+\.profiles$/, () => true],
    // That it is a path, or not, tells the same.
    [/\.volumes\.\d+\.type$/, (value) => value !== 'tmpfs'],
    // Of what is not carried over, and told.
    [/\.volumes\.\d+\.read_only$/, () => true],
    [/^volumes\.[^.]+\.driver$/, (value) => value === 'local'],
    [/\.ports\.\d+\.protocol$/, (value) => value === 'tcp'],
    // What is taken away from what was extended.
    [/^services\.cron\.(?:ports|labels)$/, (value) => Object.keys(value as object).length === 0],
    // Another service calls it there.
    [/^services\.(?:relay\.expose|es02\.expose\.0)$/, () => true],
    // A file that need not be there, and is not.
    [/\.env_file\.1$/, () => true],
    // 0 is Docker's own.
    [/\.healthcheck\.retries$/, (value) => value === 0],
    [/^db\.net$/, (value) => value === 'bridge'],
  ],
  marathon: [
    // An app begins when those before it are healthy, and each of them is in the group.
    [/\.depends_on\.[^.]+\.(?:condition|required)$/, (value) => value !== 'service_completed_successfully'],
    // Of the balancer it is another, which is told for all that are published.
    [/\.ports\.\d+\.published$/, () => true],
    [/\.healthcheck\.start_period$/, (value) => value === '10s'],
  ],
  kubernetes: [
    [/\.healthcheck\.(?:interval|timeout)$/, (value) => value === '5s'],
    // Nothing else is known to ask it for.
    [/^services\.streaming\.healthcheck/, () => true],
    [/\.security_opt$/, (value) => String(value) === 'no-new-privileges:true'],
    [/\.reservations\.cpus$/, (value) => value === '0.05'],
    // Ports are named by what they speak.
    [/\.ports\.\d+\.name$/, () => true],
  ],
};

for (const target of NAMES) {
  test(`whatever is taken away from a file, ${target} has something else or tells something else`, async (t) => {
    const folder = await temporaryFolder(t);
    cpSync(FOLDER, folder, { recursive: true });
    const file = join(folder, 'compose.yml');
    const resultOf = async (content: unknown): Promise<{ text: string; losses: readonly Loss[] }> => {
      writeFileSync(file, JSON.stringify(content));
      try {
        const { made, losses, choices } = TARGETS[target](await read(file));
        const told = [losses, choices].map((list) => list.map(({ service, what, why }) => [service, what, why]));
        return { text: JSON.stringify([made, told]), losses };
      } catch (error) {
        return { text: String(error), losses: [] };
      }
    };
    for (const name of Object.keys(LOST)) {
      const content = parse(readFileSync(join(FOLDER, name), 'utf8'), { merge: true, logLevel: 'silent' });
      const whole = await resultOf(content);
      const told = whole.losses.map(({ service, what }) =>
        service === undefined ? what : `services.${service}.${what}`
      );
      const silent: string[] = [];
      for (const path of pathsOf(content)) {
        const text = path.join('.');
        const isNobodys = path[0]!.startsWith('x-') || text === 'version' || text === 'name';
        if (isNobodys || isBelow(text, silent) || isTold(content.services ? text : `services.${text}`, told)) continue;
        if ((await resultOf(without(content, path))).text !== whole.text) continue;
        silent.push(text);
        const value = path.reduce((tree, key) => tree[key], content);
        const known = [...ANYHOW.both!, ...ANYHOW[target]!];
        assert.ok(
          known.some(([pattern, isSo]) => pattern.test(text) && isSo(value)),
          `${name}: ${text} is lost in silence`,
        );
      }
    }
  });
}

function* pathsOf(tree: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (typeof tree !== 'object' || tree === null) return;
  for (const [key, value] of Object.entries(tree)) yield* pathsOf(value, [...path, key]);
}

function without(tree: unknown, [key, ...rest]: readonly string[]): unknown {
  const entries = Object.entries(tree as object).flatMap(([name, value]) =>
    name !== key ? [[name, value]] : rest.length === 0 ? [] : [[name, without(value, rest)]]
  );
  return Array.isArray(tree) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

function isBelow(path: string, paths: readonly string[]): boolean {
  return paths.some((one) => path.startsWith(`${one}.`));
}

/** By a key of which nothing is carried over; of these three, some is. */
function isTold(path: string, told: readonly string[]): boolean {
  const whole = told.filter((one) => !/^services\.[^.]+\.(?:image|ports|volumes|environment)$/.test(one));
  return whole.includes(path) || isBelow(path, whole);
}
