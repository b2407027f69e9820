/** Steps as a file says them. */
import { parseYaml } from '../parse-yaml.ts';
import { parseTime } from '../parse-time.ts';

export interface FileStep {
  readonly name: string;
  /** Ends with 0 where it is so already. */
  readonly check: string;
  readonly do: string;
  readonly as: 'root' | 'user';
  readonly on: 'all' | 'n1';
  /** For `do`, s. */
  readonly withinS: number;
}

const FIELDS = ['name', 'check', 'do', 'as', 'on', 'within'];

/** @throws SyntaxError naming the file, the step and the rule */
export function parseSteps(text: string, file: string): FileStep[] {
  const wrong = (what: string): never => {
    throw new SyntaxError(`Cannot read ${file}: ${what}`);
  };
  const found = parseYaml(text, file);
  if (!Array.isArray(found) || found.length === 0) return wrong('it is a list of steps, each with name, check and do');
  const steps = found.map((one: unknown, at): FileStep => {
    const fields = (typeof one === 'object' ? one ?? {} : {}) as Record<string, unknown>;
    const name = typeof fields.name === 'string' ? fields.name : '';
    const which = name === '' ? `step ${at + 1}` : `step ${JSON.stringify(name)}`;
    if (!/^[\w' .,-]{1,40}$/.test(name)) wrong(`${which} needs a name of at most 40 letters, digits, blanks and -`);
    for (const field of Object.keys(fields)) {
      if (!FIELDS.includes(field)) wrong(`${which} has no field ${field}; there are ${FIELDS.join(', ')}`);
    }
    for (const field of ['check', 'do']) {
      if (typeof fields[field] !== 'string' || fields[field] === '') wrong(`${which} needs ${field}, a script for sh`);
    }
    const { as = 'root', on = 'all', within = '10m' } = fields;
    if (as !== 'root' && as !== 'user') return wrong(`${which}: as is root or user; got ${JSON.stringify(as)}`);
    if (on !== 'all' && on !== 'n1') return wrong(`${which}: on is all or n1; got ${JSON.stringify(on)}`);
    const withinS = Math.ceil(parseTime(`${which}: within`, String(within)) / 1000);
    return { name, check: fields.check as string, do: fields.do as string, as, on, withinS };
  });
  const twice = steps.find(({ name }, at) => steps.findIndex((one) => one.name === name) < at);
  return twice ? wrong(`two steps are called ${JSON.stringify(twice.name)}`) : steps;
}
