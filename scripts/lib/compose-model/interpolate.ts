/**
 * Variables in a text, as Compose replaces them: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?error}`,
 * `${NAME:+instead}`, one in another, and `$$` for a `$`. https://docs.docker.com/reference/compose-file/interpolation/
 */

export type Variables = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  readonly text: string;
  /** Those that have no value, and no default. */
  readonly unset: readonly string[];
}

/** @throws SyntaxError for what is not closed, for a name that is none, and with the message of `${NAME:?message}` */
export function interpolate(text: string, variables: Variables): Interpolated {
  const unset: string[] = [];
  const replaced = replace(text, { variables, unset });
  return { text: replaced, unset: [...new Set(unset)] };
}

interface Context {
  readonly variables: Variables;
  readonly unset: string[];
}

function replace(text: string, context: Context): string {
  let result = '';
  for (let at = 0; at < text.length;) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0) return result + text.slice(at);
    result += text.slice(at, dollar);
    const next = text[dollar + 1];
    if (next === '$') {
      result += '$';
      at = dollar + 2;
    } else if (next === '{') {
      const end = endOfBraces(text, dollar + 2);
      result += expand(text.slice(dollar + 2, end), context);
      at = end + 1;
    } else {
      const [name] = /^[a-z_][a-z0-9_]*/i.exec(text.slice(dollar + 1)) ?? [];
      if (name === undefined) throw new SyntaxError(`${JSON.stringify(text)} has a $ before no name; a $ itself is $$`);
      result += valueOf(name, context) ?? missing(name, context);
      at = dollar + 1 + name.length;
    }
  }
  return result;
}

/** Where the brace is closed that was opened before `from`. */
function endOfBraces(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '$' && text[at + 1] === '{') {
      depth++;
      at++;
    } else if (text[at] === '}' && --depth === 0) return at;
  }
  throw new SyntaxError(`${JSON.stringify(text)} has a \${ that is not closed`);
}

function expand(inside: string, context: Context): string {
  const [, name, operator = '', argument = ''] = /^([a-z_][a-z0-9_]*)(?:(:?[-?+])([^]*))?$/i.exec(inside) ?? [];
  if (name === undefined) {
    throw new SyntaxError(`\${${inside}} is no variable; such are \${NAME} and \${NAME:-default}`);
  }
  const value = valueOf(name, context);
  // With a colon, an empty one counts as none.
  const isThere = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  switch (operator.at(-1)) {
    case '-':
      return isThere ? value! : replace(argument, context);
    case '+':
      return isThere ? replace(argument, context) : '';
    case '?':
      if (isThere) return value!;
      throw new SyntaxError(`${name} has to be set${argument === '' ? '' : `: ${replace(argument, context)}`}`);
    default:
      return value ?? missing(name, context);
  }
}

function valueOf(name: string, { variables }: Context): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

function missing(name: string, { unset }: Context): string {
  unset.push(name);
  return '';
}
