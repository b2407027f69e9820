/** Runs the marked commands of a chapter. */
import { asUsage, endingWell, EXIT, UsageError, verb } from '../lib/command-line.ts';
import { createProgress } from '../lib/progress.ts';
import { formatTable } from '../lib/table.ts';
import { type Chapter, findChapter, listChapters, nodesOf } from './chapter.ts';
import { type ClusterNodes, findCluster, sshOf } from './cluster.ts';
import { type Nodes, openLocal, openRemote, UnreachableError } from './nodes.ts';
import { describeFailure, runSteps, type Step, type StepResult } from './run-steps.ts';

const OPTIONS = {
  hosts: { type: 'string' },
  size: { type: 'string', default: '5' },
  login: { type: 'string' },
  'ssh-config': { type: 'string' },
  folder: { type: 'string', default: 'coinroom' },
  'keep-folder': { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

type Values = Parameters<Parameters<typeof verb<typeof OPTIONS>>[1]>[0]['values'];

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const rehearse = verb(OPTIONS, async ({ values, positionals, signal }) => {
    const [wanted, cluster, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError(`One chapter at a time; got ${JSON.stringify(rest.join(' '))} too`);
    if (cluster !== undefined && values.hosts === undefined) throw new UsageError(`${cluster} needs --hosts FILE`);
    if (wanted === undefined) return list(values);
    const chapter = asUsage(() => findChapter(wanted));
    const steps = chapter.commands.flatMap((command) => nodesOf(command).map((node) => ({ command, node })));
    const found = values.hosts === undefined
      ? undefined
      : await findCluster(values.hosts, cluster ?? 'c1', values.size);
    const missing = found && steps.find(({ node }) => !found.hosts.has(node));
    if (missing) {
      throw new UsageError(`${chapter.file} runs on ${missing.node}; the cluster has ${found.hosts.size} hosts`);
    }
    if (values['dry-run']) return plan(chapter, steps, { cluster: found, values });
    return await run(chapter, steps, { cluster: found, values, signal });
  });
  return await endingWell((signal) => rehearse(args, signal));
}

function list({ json }: Values): number {
  const chapters = asUsage(listChapters).map(({ commands, ...rest }, at) => ({
    number: at + 1,
    ...rest,
    commands: commands.length,
  }));
  if (json) return print(JSON.stringify(chapters));
  const rows = chapters.map(({ number, name, title, minutes, commands }) => [
    ...[String(number), name, title, String(minutes ?? '-'), String(commands)],
  ]);
  print(formatTable(['', 'chapter', 'title', 'minutes', 'commands'], rows));
  return print(`\nNext: ./scripts/rehearse.mjs ${chapters[0]?.name ?? 'FILE.md'}`);
}

interface RunContext {
  /** Undefined: this machine. */
  readonly cluster: ClusterNodes | undefined;
  readonly values: Values;
}

function plan({ file }: Chapter, steps: readonly Step[], { cluster, values }: RunContext): number {
  const where = (node: string): string => cluster?.hosts.get(node)?.address ?? 'this machine';
  if (values.json) {
    return print(JSON.stringify(
      steps.map(({ node, command: { line, command } }) => ({ line, node, where: where(node), command })),
    ));
  }
  const rows = steps.map(({ node, command }) => [String(command.line), node, where(node), firstLine(command.command)]);
  print(formatTable(['line', 'node', 'where', 'command'], rows));
  return print(`\nThis would be run of ${file}${cluster ? '' : ', in a fresh clone'}.`);
}

async function run(
  chapter: Chapter,
  steps: readonly Step[],
  { cluster, values, signal }: RunContext & { readonly signal: AbortSignal },
): Promise<number> {
  const progress = createProgress();
  progress.now(cluster ? 'asking the hosts …' : 'making a fresh clone …');
  const names = [...new Set(steps.map(({ node }) => node))];
  let nodes: Nodes;
  try {
    nodes = await open(names, { cluster, values, signal });
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT.unreachable;
  }
  try {
    const results = await runSteps(steps, nodes.shellOf, {
      signal,
      onBegin: ({ node, command }) => progress.now(`${node}, line ${command.line}: ${firstLine(command.command)}`),
      onEnd: ({ state, seconds, node, command }) =>
        progress.done(
          `${seconds.toFixed(1).padStart(6)} s  ${state}  ${node}, line ${command.line}: ${firstLine(command.command)}`,
        ),
      ...(values.verbose ? { onLine: (line) => progress.done(`  | ${line}`) } : {}),
    });
    return report(chapter, results, { cluster, values });
  } finally {
    await nodes.close();
    if (nodes.folder !== undefined && values['keep-folder']) {
      process.stderr.write(`The clone is in ${nodes.folder}\n`);
    }
  }
}

function open(
  names: readonly string[],
  { cluster, values, signal }: RunContext & { readonly signal: AbortSignal },
): Promise<Nodes> {
  if (!cluster) return openLocal(names, { keepFolder: values['keep-folder'], signal });
  const used = new Map([...cluster.hosts].filter(([name]) => names.includes(name)));
  const { login, 'ssh-config': configFile, folder } = values;
  return openRemote(used, { ...sshOf(cluster, { login, configFile }), folder, signal });
}

function report(
  { title, name, file }: Chapter,
  results: readonly StepResult[],
  { cluster, values }: RunContext,
): number {
  const failed = results.find(({ state }) => state === 'failed');
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  if (values.json) {
    const commands = results.map(({ command: { line, command }, node, state, seconds, failure }) => ({
      ...{ line, node, command, state, seconds: Number(seconds.toFixed(3)) },
      ...(failure ? { reason: failure.message, lastLines: failure.lastLines } : {}),
    }));
    print(JSON.stringify({ chapter: name, file, seconds: Number(seconds.toFixed(3)), commands }));
  } else {
    const order = [...(failed ? [failed] : []), ...results.filter((result) => result !== failed)];
    const rows = order.map(({ state, seconds, command, node }) => [
      ...[state, seconds.toFixed(1), String(command.line), node, firstLine(command.command)],
    ]);
    print(formatTable(['state', 'seconds', 'line', 'node', 'command'], rows));
  }
  const done = results.filter(({ state }) => state === 'done').length;
  process.stderr.write(
    `${title}: ${done} of ${results.length} commands did what the text says, ${seconds.toFixed(0)} s\n`,
  );
  if (!failed) return EXIT.done;
  process.stderr.write(`${describeFailure(file, failed)}\n`);
  if (!cluster) process.stderr.write('What it started in Docker may still run: ./scripts/clean.mjs -p coinroom\n');
  return failed.failure!.isLost ? EXIT.unreachable : EXIT.failed;
}

function firstLine(command: string): string {
  const [first = '', ...rest] = command.split('\n');
  return rest.length === 0 ? first : `${first} …`;
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return EXIT.done;
}
