/**
 * One line per event on stderr: JSON for machines, or text for people. Values go through JSON.stringify in both, so
 * that nothing a stranger sent (line breaks, terminal escapes) can forge a line.
 */
export type Level = 'info' | 'warn' | 'error';
export type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  /** `event` is a fixed word in snake_case; everything that varies belongs into `fields`. */
  readonly info: (event: string, fields?: Fields) => void;
  readonly warn: (event: string, fields?: Fields) => void;
  readonly error: (event: string, fields?: Fields) => void;
}

export interface LogOptions {
  readonly format: 'json' | 'text';
  readonly role: string;
  /** Takes a line with its newline; default: stderr. */
  readonly write?: (line: string) => void;
  /** Default: the machine's clock. */
  readonly now?: () => Date;
}

export function createLog({ format, role, write = toStderr, now = () => new Date() }: LogOptions): Log {
  const put = (level: Level, event: string, fields: Fields = {}): void => {
    const time = now().toISOString();
    write(
      format === 'json'
        ? `${escaped(JSON.stringify({ time, level, role, event, ...fields }))}\n`
        : `${time.slice(11, 19)} ${role.padEnd(6)} ${marks[level]}${event.replaceAll('_', ' ')}${inWords(fields)}\n`,
    );
  };
  return {
    info: (event, fields) => put('info', event, fields),
    warn: (event, fields) => put('warn', event, fields),
    error: (event, fields) => put('error', event, fields),
  };
}

/** Takes the cursor to the start of the line and empties it. */
export const CLEAR_LINE = '\r\u001b[K';

/** A log that says nothing. */
export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

const marks: Readonly<Record<Level, string>> = { info: '', warn: 'warning: ', error: 'ERROR: ' };

function inWords(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${isPlain(value) ? value : escaped(JSON.stringify(value))}`)
    .join('');
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' ||
    (typeof value === 'string' && /^[\w.:/,+#-]+$/.test(value));
}

// JSON.stringify leaves DEL, the C1 controls and the Unicode line and direction marks as they are; a terminal does not.
function escaped(json: string): string {
  return json.replaceAll(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// On a terminal a progress line without an end may stand there; a log line takes its place.
function toStderr(line: string): void {
  process.stderr.write(process.stderr.isTTY ? `${CLEAR_LINE}${line}` : line);
}
