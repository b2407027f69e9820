/** `check`: would Marathon take this, and do with it what was meant? */
import { asUsage, EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { readInput } from '../lib/read-input.ts';
import { formatTable } from '../lib/table.ts';
import { countInWords } from '../lib/words.ts';
import { checkMarathon, type Finding } from './check/check.ts';
import { parseJson } from './check/parse-json.ts';
import { RULES } from './check/rules.ts';

const flags = { json: { type: 'boolean' }, except: { type: 'string', multiple: true } } as const;

/** For the help text: JSON paths are JSONPath, `$.apps[0].env.PORT`. */
export const check = verb(flags, async ({ values, positionals }) => {
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) {
    throw new UsageError(`check takes a file, or - for stdin; got ${JSON.stringify(positionals)}`);
  }
  const passedOver = new Set(values.except);
  for (const name of passedOver) {
    if (RULES.some((rule) => rule.name === name)) continue;
    throw new UsageError(
      `--except must be a rule: ${RULES.map((rule) => rule.name).join(', ')}; got ${JSON.stringify(name)}`,
    );
  }
  const name = file === '-' ? 'stdin' : file;
  const text = await readInput(file);
  const json = asUsage(() => parseJson(text, name));
  const findings = checkMarathon(json).filter(({ rule }) => !passedOver.has(rule));
  print(values, findings, formatFindings(findings, name));
  return findings.length === 0 ? EXIT.done : EXIT.failed;
});

function formatFindings(findings: readonly Finding[], name: string): string {
  if (findings.length === 0) return `${name}: nothing is wrong`;
  const rows = findings.map(({ rule, path, found, fix }) => [rule, path, found, fix]);
  const table = formatTable(['rule', 'path', 'what is there', 'what to write'], rows);
  return [table, '', `${name}: ${countInWords(findings.length, 'finding')}`].join('\n');
}
