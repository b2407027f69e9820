/** room.yml: what is the same for all machines of a room. Flags of the scripts come before it. */
import { readFile } from 'node:fs/promises';
import { UsageError } from '../command-line.ts';
import { parseYaml } from '../parse-yaml.ts';

export const ROOM_FILE = 'room.yml';

export interface RoomSettings {
  /** What stands on the cards. */
  readonly event: string;
  /** `2026-11-25`; empty: not said. */
  readonly date: string;
  /** Such as `Europe/Paris`, for the machines. */
  readonly timezone: string;
  /** Of the cards: `en` or `fr`. */
  readonly language: string;
  /** For the machines. */
  readonly locale: string;
  readonly paper: 'A4' | 'Letter';
  readonly wifi: { readonly name: string; readonly password: string } | undefined;
  /** Machines of a student. */
  readonly clusterSize: number;
  /** The user on the machines; empty: the one that the address's line or ssh's configuration has. */
  readonly login: string;
  /** Of images, such as `10.0.0.7:5000`; empty: on the first machine of the instructor's, or else of the first cluster. */
  readonly registry: string;
  /** What the web server asks for; empty: it is open to all. */
  readonly webToken: string;
  /** Of the web server; empty: none. */
  readonly dnsName: string;
  /** Where that name is to be written down; undefined: somebody does it by hand. */
  readonly dns: DnsSettings | undefined;
  /** How long the machines are to be there, such as `10h`; empty: nobody counts. */
  readonly ttl: string;
}

/** Who keeps a zone, and how it is told of changes. */
export type DnsSettings =
  /** Route 53, by the program cli53. */
  | { readonly provider: 'cli53'; readonly zone: string }
  /** Any server that takes updates (RFC 2136), signed with a key (RFC 8945) or not. */
  | {
    readonly provider: 'nsupdate';
    readonly zone: string;
    /** `ADDRESS`, `NAME`, with `:PORT` behind it or not. */
    readonly server: string;
    /** As tsig-keygen writes it. */
    readonly keyFile?: string;
  };

export const DEFAULTS: RoomSettings = {
  event: 'Orchestration workshop',
  date: '',
  timezone: 'Etc/UTC',
  language: 'en',
  locale: 'C.UTF-8',
  paper: 'A4',
  wifi: undefined,
  clusterSize: 5,
  login: '',
  registry: '',
  webToken: '',
  dnsName: '',
  dns: undefined,
  ttl: '',
};

/** RFC 1123 §2.1, of two labels at least; never with a dash in front, which a program would take for an option. */
export const DNS_NAME = /^(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+$/i;
/** The same, and what is registered besides: `_`. */
export const ZONE = /^(?=.{1,253}$)(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?$/i;
/** `ADDRESS`, `[IPv6]` or `NAME`, with `:PORT` behind it or not; or an IPv6 address alone. */
export const SERVER = /^((?!-)[a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$|^[0-9a-f:.]+$/i;
export const KEY_FILE = /^[^\p{Cc}-][^\p{Cc}]*$/u;

/** A field's rule, and whether a value keeps to it. */
type Rule = readonly [rule: string, isRight: (value: unknown) => boolean];

const text = (rule: string, pattern: RegExp): Rule => [
  rule,
  (value) => typeof value === 'string' && pattern.test(value),
];

const RULES: Readonly<Record<keyof RoomSettings, Rule>> = {
  event: text('text in one line, at most 100 characters', /^[^\p{Cc}]{1,100}$/u),
  date: text('a day such as 2026-11-25, or nothing', /^(\d{4}-\d\d-\d\d)?$/),
  timezone: ['a time zone such as Europe/Paris', isTimeZone],
  language: text('a language such as en or fr', /^[a-z]{2,3}(-[A-Z]{2})?$/),
  locale: text('a locale such as C.UTF-8 or fr_FR.UTF-8', /^[A-Za-z_]+(\.[A-Za-z0-9-]+)?$/),
  paper: text('A4 or Letter', /^(A4|Letter)$/),
  wifi: ['name and password of the network, or nothing', isWifi],
  clusterSize: [
    'a whole number from 1 to 100',
    (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) <= 100,
  ],
  login: text('a user name such as ubuntu, or nothing', /^([a-z_][a-z0-9_.-]{0,31})?$/i),
  registry: text('HOST:PORT of a registry, or nothing', /^([a-z0-9.-]+(:\d+)?|\[[0-9a-f:]+\](:\d+)?)?$/i),
  webToken: text('4 to 64 letters and digits, or nothing', /^([A-Za-z0-9]{4,64})?$/),
  dnsName: ['a name such as room.example.org, or nothing', (value) => value === '' || isMatch(value, DNS_NAME)],
  dns: [
    'provider (cli53 or nsupdate) and zone, with nsupdate server too, and keyFile where it asks for a key, or nothing',
    isDns,
  ],
  ttl: text('a time such as 10h or 3d, or nothing', /^(\d+[mhd])?$/),
};

/**
 * @param name what the file is called in errors
 * @throws SyntaxError naming the file, the field and its rule
 */
export function parseSettings(yaml: string, name: string): RoomSettings {
  const wrong = (what: string): never => {
    throw new SyntaxError(`Cannot read ${name}: ${what}`);
  };
  const found = parseYaml(yaml, name) ?? {};
  if (typeof found !== 'object' || Array.isArray(found)) return wrong('it holds fields, such as `clusterSize: 5`');
  const given = Object.entries(found as object).map(([field, value]) => [field, value === null ? undefined : value]);
  const fields = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Record<string, unknown>;
  for (const [field, value] of Object.entries(fields)) {
    if (!Object.hasOwn(RULES, field)) wrong(`there is no field ${field}; there are ${Object.keys(RULES).join(', ')}`);
    const [rule, isRight] = RULES[field as keyof RoomSettings];
    if (!isRight(value)) wrong(`${field} must be ${rule}; got ${JSON.stringify(value, withoutPassword)}`);
  }
  return { ...DEFAULTS, ...fields };
}

/** Those of the file in this folder, or the defaults where there is none. @throws UsageError when it cannot be read */
export async function readSettings(file: string = ROOM_FILE): Promise<RoomSettings> {
  const found = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UsageError(`Cannot read ${file}: ${error.message}`, { cause: error });
  });
  if (found === undefined) return DEFAULTS;
  try {
    return parseSettings(found, file);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** A file for an instructor to fill in. */
export function settingsTemplate({ clusterSize, login }: Pick<RoomSettings, 'clusterSize' | 'login'>): string {
  return `# The room. What is not said here has the value that stands behind the number sign.
event: ${DEFAULTS.event}
#date: 2026-11-25                 # nothing
#timezone: Europe/Paris           # ${DEFAULTS.timezone}
#locale: fr_FR.UTF-8              # ${DEFAULTS.locale}: LANG on the machines
#language: fr                     # ${DEFAULTS.language}: of the cards
#paper: Letter                    # ${DEFAULTS.paper}
#wifi: { name: classroom, password: a secret that all may know }   # none
clusterSize: ${clusterSize}                    # machines of a student
${
    login === ''
      ? '#login: ubuntu'
      : `login: ${login}`
  }                     # the user on the machines; else ssh's own choice
#registry: 10.0.0.7:5000          # on the instructor's node1, or that of the first cluster: images of the room
#webToken: a1b2c3                 # none: the web server is open to all
#dnsName: room.example.org        # none: the web server has an address alone
#dns: { provider: nsupdate, zone: example.org, server: 10.0.0.53, keyFile: room.key }   # or { provider: cli53, zone: example.org }
#ttl: 10h                         # for how long the machines are needed
`;
}

function withoutPassword(name: string, value: unknown): unknown {
  return name === 'password' ? '…' : value;
}

function isTimeZone(value: unknown): boolean {
  if (typeof value !== 'string' || !/^[A-Za-z0-9_+/-]+$/.test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

function isWifi(value: unknown): boolean {
  const { name, password, ...others } = (value ?? {}) as Record<string, unknown>;
  return [name, password].every((one) => typeof one === 'string') && Object.keys(others).length === 0;
}

function isDns(value: unknown): boolean {
  const { provider, zone, server, keyFile, ...others } = (value ?? {}) as Record<string, unknown>;
  if (Object.keys(others).length > 0 || !isMatch(zone, ZONE)) return false;
  if (provider === 'cli53') return server === undefined && keyFile === undefined;
  return provider === 'nsupdate' && isMatch(server, SERVER) && (keyFile === undefined || isMatch(keyFile, KEY_FILE));
}

function isMatch(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}
