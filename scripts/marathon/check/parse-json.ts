/**
 * JSON, and where it is wrong. What JSON.parse says of the place depends on the engine and on the error, so the place is found by
 * reading the text once more, token by token (RFC 8259).
 */

const BLANK = /[ \t\n\r]*/y;
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;

/** Marks the first byte of some editors' files; no part of the text. */
const BYTE_ORDER_MARK = /^\uFEFF/;

/**
 * @param name what the text is called in errors
 * @throws SyntaxError with line and column, from 1, in one line
 */
export function parseJson(text: string, name: string): unknown {
  const bare = text.replace(BYTE_ORDER_MARK, '');
  try {
    return JSON.parse(bare);
  } catch (error) {
    const { offset, wanted } = findFault(bare);
    const before = bare.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - before.lastIndexOf('\n');
    const got = offset >= bare.length ? 'the end' : JSON.stringify(String.fromCodePoint(bare.codePointAt(offset)!));
    throw new SyntaxError(`Cannot read ${name}: line ${line}, column ${column}: ${wanted} is expected; got ${got}`, {
      cause: error,
    });
  }
}

interface Place {
  readonly offset: number;
  /** What could stand there. */
  readonly wanted: string;
}

/** The first place where the text is no JSON. */
function findFault(text: string): Place {
  let offset = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = offset;
    const [found] = pattern.exec(text) ?? [];
    offset += found?.length ?? 0;
    return found !== undefined;
  };
  const skip = (character: string): boolean => {
    take(BLANK);
    const isThere = text[offset] === character;
    if (isThere) offset++;
    return isThere;
  };
  /** Closing brackets of what is open. */
  const open: string[] = [];
  let wants: 'value' | 'value or end' | 'key' | 'key or end' | 'rest' = 'value';
  for (;;) {
    if (wants === 'rest') {
      const close = open.at(-1);
      if (close === undefined) {
        take(BLANK);
        return { offset, wanted: 'the end' };
      }
      if (skip(close)) open.pop();
      else if (skip(',')) wants = close === '}' ? 'key' : 'value';
      else return { offset, wanted: `, or ${close}` };
    } else if (wants.startsWith('key')) {
      if (wants === 'key or end' && skip('}')) {
        open.pop();
        wants = 'rest';
        continue;
      }
      take(BLANK);
      if (!take(STRING)) return { offset, wanted: 'a name in double quotes' };
      if (!skip(':')) return { offset, wanted: ':' };
      wants = 'value';
    } else if (wants === 'value or end' && skip(']')) {
      open.pop();
      wants = 'rest';
    } else if (skip('{')) {
      open.push('}');
      wants = 'key or end';
    } else if (skip('[')) {
      open.push(']');
      wants = 'value or end';
    } else if (take(STRING) || take(SCALAR)) {
      wants = 'rest';
    } else {
      return { offset, wanted: 'a value' };
    }
  }
}
