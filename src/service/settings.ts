/**
 * Settings come from the environment and from flags of the same name (`DELAY_MS`, `--delay-ms`, `delayMs` in code).
 * Each role declares its own as a table; the same table makes the typed values, the errors and `--help`, so the
 * three cannot drift apart. Defaults are written as text and read by the same rule as a user's value.
 *
 * Order: flag, then environment, then the default of the chosen pace. An empty variable counts as unset, because
 * Compose passes `${NAME:-}` as an empty string.
 */

/** How a setting's text is read. */
export interface Kind<T> {
  /** What a right value is, to follow "must be". */
  readonly rule: string;
  /** Gives the value, or undefined where the text breaks the rule. */
  readonly parse: (text: string) => T | undefined;
  /** A flag of this kind may stand without a value, which then means this text. */
  readonly bare?: string;
  /** Its value must never be printed. */
  readonly secret?: true;
}

export type Pace = 'classroom' | 'full';

/** A default for both paces, or one for each. */
export type Default = string | Readonly<Record<Pace, string>>;

export interface Setting<T> {
  readonly kind: Kind<T>;
  readonly default: Default;
  /** One sentence for `--help` and for the README's table. */
  readonly meaning: string;
}

// deno-lint-ignore no-explicit-any -- the kinds of one table differ; Values<> gives each its own type back
export type Settings = Readonly<Record<string, Setting<any>>>;

export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

/** Somebody's setting is wrong: the message is one line that names the variable, the rule and the value. */
export class SettingError extends Error {
  override name = 'SettingError';
}

/** A whole number in plain decimal digits, `min <= n <= max`. */
export function wholeNumber({ min, max }: { min: number; max: number }): Kind<number> {
  return {
    rule: `a whole number from ${min} to ${max}`,
    parse: (text) => {
      const number = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
      return number >= min && number <= max ? number : undefined;
    },
  };
}

/** One of the named words. */
export function oneOf<const W extends string>(...words: readonly W[]): Kind<W> {
  return { rule: `one of ${words.join(', ')}`, parse: (text) => words.find((word) => word === text) };
}

/** The word `auto`, or what the other kind takes. */
export function autoOr<T>(kind: Kind<T>): Kind<T | 'auto'> {
  return { rule: `auto or ${kind.rule}`, parse: (text) => text === 'auto' ? text : kind.parse(text) };
}

/** A switch. YAML reads an unquoted `on` as a boolean, so the spellings that it makes of it are taken too. */
export const toggle: Kind<boolean> = {
  rule: 'on or off (also true, false, 1, 0)',
  parse: (text) => {
    if (['on', 'true', '1'].includes(text)) return true;
    return ['off', 'false', '0'].includes(text) ? false : undefined;
  },
  bare: 'on',
};

/** Text of the given form; without a form any text of at most 1000 printable characters. */
export function text(form: { pattern: RegExp; rule: string } = anyText): Kind<string> {
  return { rule: form.rule, parse: (value) => form.pattern.test(value) ? value : undefined };
}

const anyText = { pattern: /^[^\p{Cc}]{0,1000}$/u, rule: 'at most 1000 printable characters' };

/** Text that must never be shown. */
export const secret: Kind<string> = { ...text(), secret: true };

/** A comma list of http addresses; a slash at their end does not count. */
export const httpUrls: Kind<readonly string[]> = {
  rule: 'a comma list of http:// or https:// addresses without path, query or password',
  parse: (list) => {
    const urls = list.split(',').map((item) => item.trim().replace(/\/$/, ''));
    return urls.every(isOrigin) ? urls : undefined;
  },
};

function isOrigin(url: string): boolean {
  return /^https?:\/\/[^/?#@]+$/.test(url) && URL.canParse(url);
}

/** `delayMs` -> `DELAY_MS` */
export function variableName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** `delayMs` -> `--delay-ms` */
export function flagName(key: string): string {
  return `--${variableName(key).toLowerCase().replaceAll('_', '-')}`;
}

/** The text that a setting has at a pace when nobody sets it. */
export function defaultText(setting: Setting<unknown>, pace: Pace): string {
  return typeof setting.default === 'string' ? setting.default : setting.default[pace];
}

export interface Sources {
  /** Variables by name. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Texts by key (`delayMs`), as parseFlags gives them. */
  readonly flags?: ReadonlyMap<string, string>;
}

/**
 * Reads every setting of a table. Where it holds `pace`, that chooses among the defaults.
 *
 * @throws SettingError naming the first variable or flag whose value breaks its rule
 */
export function readSettings<S extends Settings>(
  settings: S,
  { env, flags = new Map() }: Sources,
): Values<S> {
  const read = (key: string, setting: Setting<unknown>, pace: Pace): unknown => {
    const given = flags.get(key) ?? (env[variableName(key)] || undefined);
    const value = setting.kind.parse(given ?? defaultText(setting, pace));
    if (value !== undefined) return value;
    const name = flags.has(key) ? flagName(key) : variableName(key);
    throw new SettingError(`${name} must be ${setting.kind.rule}; got ${shown(given ?? '', setting.kind)}`);
  };
  const pace = settings.pace ? read('pace', settings.pace, 'classroom') as Pace : 'classroom';
  const values = Object.entries(settings).map(([key, setting]) => [key, read(key, setting, pace)]);
  return Object.fromEntries(values) as Values<S>;
}

function shown(given: string, kind: Kind<unknown>): string {
  if (kind.secret) return `a value of ${given.length} characters that is not shown here`;
  return JSON.stringify(withoutPassword(given.length > 200 ? `${given.slice(0, 200)}…` : given));
}

/** The same text with the password of every address in it replaced by `***`. */
export function withoutPassword(value: string): string {
  return value.replaceAll(/(\/\/[^/:@\s]*):[^/@\s]*@/g, '$1:***@');
}

/**
 * Takes a command line apart: `--delay-ms 5`, `--delay-ms=5`, `--four-byte-bug`, and words without dashes.
 *
 * @throws SettingError for a flag that no setting of the table has, one without its value, or one given twice
 */
export function parseFlags(
  args: readonly string[],
  settings: Settings,
  owner: string,
): { flags: Map<string, string>; words: string[] } {
  const keys = new Map(Object.keys(settings).map((key) => [flagName(key), key]));
  const flags = new Map<string, string>();
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith('--')) {
      words.push(arg);
      continue;
    }
    const equals = arg.indexOf('=');
    const name = equals < 0 ? arg : arg.slice(0, equals);
    const key = keys.get(name);
    if (key === undefined) throw new SettingError(`Unknown flag ${name}: ${owner} has no such setting; see --help`);
    if (flags.has(key)) throw new SettingError(`${name} must be given once; got it twice`);
    const { kind } = settings[key]!;
    const next = args[at + 1];
    if (equals >= 0) flags.set(key, arg.slice(equals + 1));
    else if (next !== undefined && isValue(next, kind)) flags.set(key, args[++at]!);
    else if (kind.bare !== undefined) flags.set(key, kind.bare);
    else throw new SettingError(`${name} must be ${kind.rule}; got nothing`);
  }
  return { flags, words };
}

// A switch may stand alone, so the next word is its value only if it can be read as one.
function isValue(next: string, kind: Kind<unknown>): boolean {
  return kind.bare === undefined ? !next.startsWith('--') : kind.parse(next) !== undefined;
}
