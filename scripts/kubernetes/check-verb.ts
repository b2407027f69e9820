/** `check`: what would not work on a cluster, or is unsafe there, of any file for Kubernetes. */
import { asUsage, EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { readInput } from '../lib/read-input.ts';
import { formatTable } from '../lib/table.ts';
import { countInWords } from '../lib/words.ts';
import { checkKubernetes, type Finding } from './check.ts';
import { parseObjects } from './yaml.ts';

const flags = { strict: { type: 'boolean' }, json: { type: 'boolean' } } as const;

export const check = verb(flags, async ({ values, positionals }) => {
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) {
    throw new UsageError('check takes one file, or - for stdin: ./scripts/kubernetes.mjs check coinroom.yml');
  }
  const name = path === '-' ? 'stdin' : path;
  const contents = await readInput(path);
  const objects = asUsage(() => parseObjects(contents, name));
  if (objects.length === 0) throw new UsageError(`Cannot check ${name}: there is no object in it`);
  const findings = checkKubernetes(objects);
  print(values, { objects: objects.length, findings }, describe(findings, objects.length));
  const isWrong = findings.some(({ level }) => level === 'error' || values.strict);
  return isWrong ? EXIT.failed : EXIT.done;
});

function describe(findings: readonly Finding[], count: number): string {
  const errors = findings.filter(({ level }) => level === 'error').length;
  const advice = countInWords(findings.length - errors, 'piece of advice', 'pieces of advice');
  const sum = `${countInWords(count, 'object')}: ${countInWords(errors, 'error')}, ${advice}`;
  if (findings.length === 0) return sum;
  const rows = findings.map(({ level, rule, object, path, problem, fix }) => [
    ...[level, rule, object, path, `${problem}; ${fix}`],
  ]);
  return `${formatTable(['level', 'rule', 'object', 'where', 'what, and what to do'], rows)}\n${sum}`;
}
