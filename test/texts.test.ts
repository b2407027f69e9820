/** What is written is true: every command of the README and of the chapters is run, in its order, as a stranger would. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type MarkedCommand, parseMarkedCommands } from '../scripts/lib/marked-commands.ts';
import { projectFiles } from '../scripts/lib/working-copy.ts';
import { findChapter, listChapters } from '../scripts/rehearse/chapter.ts';
import { describeFailure, runSteps } from '../scripts/rehearse/run-steps.ts';
import { roles } from '../src/roles.ts';
import { settingsTable } from '../src/service/help.ts';
import { buildCadvisorStandIn } from '../testkit/cadvisor.ts';
import { cloneProject, userEnvironment } from '../testkit/clone.ts';
import { docker, run, uniqueName, unlessDocker } from '../testkit/docker.ts';
import { ROOT, type Scope, temporaryFolder, unlessInstalled } from '../testkit/machine.ts';
import { unlessRedis } from '../testkit/redis.ts';
import { runScript } from '../testkit/script.ts';
import { startSshAgent } from '../testkit/ssh-agent.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const readme = read('README.md');
const blocks = parseMarkedCommands(readme);
const chaptersHere = [
  'workshop/1-the-application.md',
  'workshop/2-one-machine.md',
  'workshop/3-ambassadors-and-balancers.md',
  'workshop/7-marathon.md',
  'workshop/8-the-chaos-monkey.md',
];
/** For which one machine is not enough: test/scripts/prep/room.test.ts has more. */
const chapters = [
  ...chaptersHere,
  ...['workshop/4-the-environment.md', 'workshop/5-a-swarm.md', 'workshop/6-the-application-on-a-swarm.md'],
].sort();

const tools = ['npm', 'curl', 'git', 'bash'].map((name) => unlessInstalled(name, `apt-get install ${name}`));
const skip = tools.find((reason) => reason !== false) ?? false;

/** What is running now: that it works in a fresh clone is test/launch.test.ts. */
const isThisRun = ({ words }: MarkedCommand): boolean => words[0] === 'tests';

test('every command block of the README does what it says', {
  skip: skip || unlessRedis || unlessDocker,
  timeout: 1_200_000,
}, async (t) => {
  const folder = await cloneProject(t);
  const names = { COMPOSE_PROJECT_NAME: uniqueName('coinroom-test'), IMAGE: uniqueName('coinroom-test') };
  removeAfter(t, names.COMPOSE_PROJECT_NAME, names.IMAGE);
  const lab = uniqueName('coinroom-test-lab');
  t.after(() => runScript('vms', ['destroy', '--all', '--yes', '--lab', lab], { cwd: folder }));
  const agent = await startSshAgent(t);
  const shell = {
    command: ['bash', '-s'],
    folder,
    stateFolder: await temporaryFolder(t),
    env: { ...process.env, ...userEnvironment(names), ...agent.env, LAB_NAME: lab },
  };
  const steps = blocks.filter((block) => !isThisRun(block)).map((command) => ({ command, node: 'this machine' }));
  const results = await runSteps(steps, () => shell, { withinMs: 180_000 });
  const failed = results.find(({ state }) => state === 'failed');
  assert.equal(failed && describeFailure('README.md', failed), undefined);
  assert.deepEqual(blocks.filter(isThisRun).map(({ command }) => command), ['npm test']);
});

/** What a Compose project has left when its commands have failed, and its images. */
function removeAfter(t: Scope, project: string, image: string): void {
  t.after(async () => {
    await runScript('clean', ['-p', project, '--volumes', '--yes']);
    const images = (await docker('images', '--format', '{{.ID}} {{.Repository}}')).split('\n');
    const ids = images.filter((line) => line.includes(image)).map((line) => line.split(' ')[0]!);
    await run(['docker', 'rmi', '--force', ...new Set(ids)]);
  });
}

test('no command block of the README is without a mark', () => {
  const shown = readme.match(/^```sh/gm)!.length;
  assert.equal(blocks.length, shown);
  assert.ok(shown > 10);
});

/** A chapter has the names that a class gives them: what somebody has under these names must not be lost. */
async function assertNothingIsThere(): Promise<void> {
  const found = [
    await docker('ps', '--all', '--quiet', '--filter', 'label=com.docker.compose.project=coinroom'),
    await docker('volume', 'ls', '--quiet', '--filter', 'label=com.docker.compose.project=coinroom'),
    await docker('ps', '--all', '--quiet', '--filter', 'name=^registry$'),
  ];
  assert.deepEqual(found, ['', '', ''], 'the project coinroom, or a container registry, is in use on this machine');
}

for (const file of chaptersHere) {
  test(`every command of ${file} does what it says`, { skip: skip || unlessDocker, timeout: 1_200_000 }, async (t) => {
    await assertNothingIsThere();
    const image = uniqueName('coinroom-test');
    removeAfter(t, 'coinroom', image);
    t.after(() => run(['docker', 'rm', '--force', '--volumes', 'registry']));
    const TMPDIR = await temporaryFolder(t);
    const env = userEnvironment({ TMPDIR, IMAGE: image, CADVISOR_IMAGE: await buildCadvisorStandIn(t) });
    const { code, output } = await runScript('rehearse', [join(ROOT, file)], { env, withinMs: 580_000 });
    assert.equal(code, 0, output);
    await assertNothingIsThere();
  });
}

test('the chapters of the workshop are those that are tested here, and its README lists them', () => {
  const files = projectFiles().filter((path) => /^workshop\/\d+-.*\.md$/.test(path));
  assert.deepEqual(files.sort(), chapters);
  const list = read('workshop/README.md').match(/^\| \[\d+\..*\|$/gm)!;
  for (const [at, { title, minutes, file }] of listChapters().entries()) {
    const link = `[${at + 1}. ${title}](${file.split('/').at(-1)})`;
    assert.ok(list[at]!.startsWith(`| ${link} | ${minutes} |`), `${list[at]} should begin with ${link} | ${minutes}`);
  }
});

test('a chapter has no command that is not run, says its minutes, and asks a question', () => {
  for (const file of chapters) {
    const text = read(file);
    const { commands, minutes } = findChapter(join(ROOT, file));
    assert.equal(commands.length, text.match(/^ *`{3,} *(sh|bash|shell|console)\b/gm)!.length, file);
    const others = text.match(/^ *`{3,} *\S.*$/gm)!.filter((fence) => !/^```(sh .+|text)$/.test(fence));
    assert.deepEqual(others, [], `${file}: a fence is a command, or text`);
    const steps = [...text.matchAll(/^## .*\((\d+) minutes\)$/gm)].map(([, count]) => Number(count));
    assert.equal(steps.reduce((sum, count) => sum + count), minutes, `${file}: the minutes of its steps`);
    for (const part of ['## What you will see', '## What may go wrong', '<details><summary>Answer']) {
      assert.ok(text.includes(part), `${file} has no ${part}`);
    }
  }
});

test('the table of settings is what the program says', () => {
  const tables = Object.fromEntries(Object.entries(roles).map(([name, { settings }]) => [name, settings]));
  const [, table] = readme.match(/<!-- settings: begin[^>]*-->\n(.*?)<!-- settings: end -->/s)!;
  assert.equal(table, settingsTable(tables));
});

test('what the texts point to is there', () => {
  const files = new Set(projectFiles());
  const texts = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'workshop/README.md', ...chapters];
  for (const text of texts) {
    for (const [, target] of read(text).matchAll(/\]\(([^)#:]+)\)/g)) {
      const path = join(dirname(text), target!);
      assert.ok(
        files.has(path) || [...files].some((file) => file.startsWith(`${path}/`)),
        `${text} points to ${target}`,
      );
    }
  }
});
