/** `run -- COMMAND`: one command on many machines. `ssh`: a terminal on one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { formatGroups, groupResults } from '../lib/fan-out/groups.ts';
import { exitCodeOf, formatResults } from '../lib/fan-out/report.ts';
import type { Result } from '../lib/fan-out/fan-out.ts';
import { needPrograms } from '../lib/process.ts';
import { reach } from '../lib/room/reach.ts';
import { limitsOf, roomFlags, stepFlags } from '../lib/room/flags.ts';
import { choose, openRoom } from '../lib/room/open-room.ts';
import { runStep } from '../lib/room/step.ts';

export const runCommand = (args: readonly string[], signal: AbortSignal): Promise<number> => {
  const at = args.indexOf('--');
  if (at < 0 || at === args.length - 1) {
    throw new UsageError('Say what is to be run behind two dashes: run c3 -- uptime');
  }
  return verbFor(args.slice(at + 1))(args.slice(0, at), signal);
};

function verbFor(command: readonly string[]) {
  return verb(stepFlags, async ({ values, positionals: selectors, signal }) => {
    await needPrograms('ssh');
    const room = await openRoom(values);
    const machines = choose(room, selectors, { step: 'run', ...values });
    // As ssh does it: the words are one line for the shell there.
    const line = command.join(' ');
    if (values['dry-run']) {
      print(
        values,
        machines.map(({ name }) => ({ name, command: line })),
        machines.map(({ name }) => `${name}: ${line}`).join('\n'),
      );
      return EXIT.done;
    }
    const limits = limitsOf(values, '10m');
    const connections = reach(room, values, limits);
    const args = [...selectors, '--', ...command];
    const results = await runStep(machines, { ...limits, step: 'run', args, connections, script: () => line, signal });
    print(values, results.map(asData), `${await formatGroups(groupResults(results))}\n\n${formatResults(results)}`);
    return exitCodeOf(results);
  });
}

function asData({ target, end, code, detail, tries, ms, stdout, stderr }: Result) {
  return {
    name: target.name,
    address: target.host.address,
    ...{ end, code: code ?? null, detail, tries, ms: Math.round(ms), stdout: stdout.text(), stderr: stderr.text() },
    lostBytes: stdout.lostBytes + stderr.lostBytes,
  };
}

/** Gives ssh's own exit code. */
export const openTerminal = verb(roomFlags, async ({ values, positionals: selectors }) => {
  await needPrograms('ssh');
  const room = await openRoom(values);
  const machines = choose(room, selectors, { step: 'ssh' });
  if (selectors.length === 0 || machines.length !== 1) {
    throw new UsageError(
      `ssh goes to one machine, such as c3:n1; ${selectors.join(' ') || 'nothing'} means ${machines.length}`,
    );
  }
  const [file, ...args] = reach(room, values, { connectWithinMs: 10_000 }).command(machines[0]!.host);
  const child = spawn(file!, args, { stdio: 'inherit' });
  const [code] = await once(child, 'close') as [number | null];
  return code ?? EXIT.failed;
});
