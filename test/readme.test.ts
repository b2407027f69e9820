/** The README is true: every command block in it is run, in its order, as a stranger would type it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import {
  type MarkedCommand,
  parseDuration,
  parseMarkedCommands,
  parsePattern,
} from '../scripts/lib/marked-commands.ts';
import { roles } from '../src/roles.ts';
import { settingsTable } from '../src/service/help.ts';
import { cloneProject, projectFiles, userEnvironment } from '../testkit/clone.ts';
import { eventually } from '../testkit/eventually.ts';
import { ROOT, type Scope, unlessInstalled } from '../testkit/machine.ts';
import { runProgram, startProgram } from '../testkit/program.ts';
import { unlessRedis } from '../testkit/redis.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = parseMarkedCommands(readme);
const skip = unlessRedis || unlessInstalled('npm', 'it comes with Node') ||
  unlessInstalled('curl', 'apt-get install curl') ||
  unlessInstalled('git', 'apt-get install git');

const STARTS_WITHIN_MS = 180_000;

/** What a block's marks ask for. `until`: runs until that is said, then Ctrl-C. `keep`: goes on to the end. */
async function rehearse(t: Scope, cwd: string, { marks, command }: MarkedCommand): Promise<void> {
  const options = { cwd, env: userEnvironment(), ownGroup: true };
  const until = marks.get('until') ?? marks.get('keep');
  if (until !== undefined) {
    const program = startProgram(t, ['sh', '-c', command], options);
    await program.line(parsePattern(until), STARTS_WITHIN_MS);
    if (marks.has('keep')) return;
    process.kill(-program.pid, 'SIGINT');
    await program.exited;
    return;
  }
  const expected = parsePattern(marks.get('expect')!);
  const retryMs = parseDuration(marks.get('retry') ?? '0s');
  const runOnce = async (): Promise<true> => {
    const { code, all } = await runProgram(t, ['sh', '-ec', command], options);
    assert.equal(code, Number(marks.get('exit') ?? 0), all);
    assert.match(all, expected);
    return true;
  };
  if (retryMs === 0) await runOnce();
  else await eventually(runOnce, { what: `${command} to say ${expected}`, withinMs: retryMs, everyMs: 500 });
}

test('every command block of the README does what it says', { skip }, async (t) => {
  const clone = await cloneProject(t);
  for (const block of blocks) {
    // What is running now; that it works in a fresh clone is test/launch.test.ts.
    if (block.words[0] === 'tests') {
      assert.equal(block.command, 'npm test');
      continue;
    }
    await rehearse(t, clone, block).catch((error: Error) => {
      throw new Error(`README.md line ${block.line}: ${error.message}`, { cause: error });
    });
  }
});

test('no command block of the README is without a mark', () => {
  const shown = readme.match(/^```sh/gm)!.length;
  assert.equal(blocks.length, shown);
  assert.ok(shown > 10);
});

test('the table of settings is what the program says', () => {
  const tables = Object.fromEntries(Object.entries(roles).map(([name, { settings }]) => [name, settings]));
  const [, table] = readme.match(/<!-- settings: begin[^>]*-->\n(.*?)<!-- settings: end -->/s)!;
  assert.equal(table, settingsTable(tables));
});

test('what the texts point to is there', () => {
  const files = new Set(projectFiles());
  for (const text of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']) {
    for (const [, target] of readFileSync(join(ROOT, text), 'utf8').matchAll(/\]\(([^)#:]+)\)/g)) {
      const path = join(dirname(text), target!);
      assert.ok(
        files.has(path) || [...files].some((file) => file.startsWith(`${path}/`)),
        `${text} points to ${target}`,
      );
    }
  }
});
