/** What `--hypothesis` takes, and what each part of it asks. */
import { UsageError } from '../../lib/command-line.ts';

export type Operator = '>=' | '>' | '<=' | '<';

interface Named {
  /** As it was written. */
  readonly name: string;
}

interface Limited extends Named {
  readonly operator: Operator;
  readonly limit: number;
}

export type Part =
  /** Hashes a second over the last 10 s. */
  | (Limited & { readonly kind: 'speed' })
  /** Workers that have reported lately. */
  | (Limited & { readonly kind: 'workers' })
  /** The share of the requests to rng and hasher that failed in the last 10 s, 0..1. */
  | (Limited & { readonly kind: 'errors' })
  /** Coins were found, or candidates tried, in the last 15 s. */
  | (Named & { readonly kind: 'coins grow' })
  | (Named & { readonly kind: 'webui answers' })
  /** sh ends with 0 within 10 s. */
  | (Named & { readonly kind: 'command'; readonly command: string });

const RULE = "speed>=3, workers>=2, errors<=5%, 'coins grow', 'webui answers' or command:COMMAND, " +
  'several joined by a comma or by and, a command the last of them; also with >, <= and <';

const LIMIT = /^(speed|workers|errors)\s*(>=|<=|>|<)\s*(\d+(?:\.\d+)?)\s*(%?)$/;

/**
 * @param texts what the flag was given, once or several times
 * @throws UsageError that names the text and says what a hypothesis is
 */
export function parseHypothesis(texts: readonly string[]): Part[] {
  return texts.flatMap((text) => split(text).map((name) => parsePart(name, text)));
}

/** A command may hold whatever it likes: it goes to the end of the text. */
function split(text: string): string[] {
  const parts: string[] = [];
  let rest = text.trim();
  for (;;) {
    const joint = rest.startsWith('command:') ? null : /\s*,\s*|\s+and\s+/.exec(rest);
    if (!joint) return [...parts, rest];
    parts.push(rest.slice(0, joint.index));
    rest = rest.slice(joint.index + joint[0].length);
  }
}

function parsePart(name: string, text: string): Part {
  if (name === 'coins grow' || name === 'webui answers') return { kind: name, name };
  if (name.startsWith('command:')) {
    const command = name.slice('command:'.length).trim();
    if (command === '') throw refusal(name, text);
    return { kind: 'command', name, command };
  }
  const [, kind, operator, number, percent] = LIMIT.exec(name) ?? [];
  if (kind === undefined || (kind === 'errors') !== (percent === '%')) throw refusal(name, text);
  const limit = kind === 'errors' ? Number(number) / 100 : Number(number);
  return { kind: kind as 'speed' | 'workers' | 'errors', name, operator: operator as Operator, limit };
}

function refusal(name: string, text: string): UsageError {
  const where = name === text ? '' : ` in ${JSON.stringify(text)}`;
  return new UsageError(`A hypothesis is ${RULE}; got ${JSON.stringify(name)}${where}`);
}

export function holds(found: number, { operator, limit }: { operator: Operator; limit: number }): boolean {
  switch (operator) {
    case '>=':
      return found >= limit;
    case '>':
      return found > limit;
    case '<=':
      return found <= limit;
    case '<':
      return found < limit;
  }
}
