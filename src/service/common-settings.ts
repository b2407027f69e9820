import { oneOf, secret, type Setting, text, toggle, wholeNumber } from './settings.ts';

/** What chooses the defaults of everything else; every role has it. */
export const paceSetting = {
  kind: oneOf('classroom', 'full'),
  default: 'classroom',
  meaning: 'classroom: slow, exact, made to be measured by eye; full: as fast as the machine can',
} satisfies Setting<'classroom' | 'full'>;

/** `json` for machines, `text` for people. */
export const logSetting = {
  kind: oneOf('auto', 'json', 'text'),
  default: 'auto',
  meaning: 'the form of the log on stderr; auto is text on a terminal and json elsewhere',
} satisfies Setting<'auto' | 'json' | 'text'>;

export const requestTimeoutSetting = {
  kind: wholeNumber({ min: 100, max: 600_000 }),
  default: '10000',
  meaning: 'how long a request to rng, hasher or the store may take before it counts as failed, ms',
} satisfies Setting<number>;

export const storeUrlSetting = {
  kind: text({
    pattern: /^(rediss?:\/\/\S+|sqlite:\S.*)$/,
    rule: 'redis://host:port, rediss://host:port or sqlite:<file>',
  }),
  default: 'redis://redis:6379',
  meaning: 'where the wallet is: redis://host:port, rediss://host:port or sqlite:<file>',
} satisfies Setting<string>;

/** How long rng or hasher takes a request. */
export const delaySetting = {
  kind: wholeNumber({ min: 0, max: 60_000 }),
  default: { classroom: '100', full: '0' },
  meaning: 'how long rng and hasher take for a request, ms',
} satisfies Setting<number>;

/** The settings of whatever listens; the default port is the role's own. */
export function serverSettings(port: number) {
  return {
    pace: paceSetting,
    port: {
      kind: wholeNumber({ min: 0, max: 65_535 }),
      default: String(port),
      meaning: 'the port to listen on; 0 takes a free one',
    },
    host: {
      kind: text({ pattern: /^[\w.:%-]+$/, rule: 'an address or a name of this machine' }),
      default: '0.0.0.0',
      meaning: 'the address to listen on; :: takes IPv6 as well',
    },
    drainMs: {
      kind: wholeNumber({ min: 0, max: 60_000 }),
      default: '1000',
      meaning: 'how long to go on serving, but not ready, after SIGTERM, ms (0 after Ctrl-C)',
    },
    log: logSetting,
    faults: { kind: toggle, default: 'off', meaning: 'lets POST /faults make this role slow or sick on purpose' },
    adminToken: { kind: secret, default: '', meaning: 'the bearer token that /faults and /annotations then ask for' },
    version: {
      kind: text({ pattern: /^[\w.+-]{0,64}$/, rule: 'at most 64 letters, digits and . + - _' }),
      default: '',
      meaning: 'the version shown by GET /version, the metrics and the page; unset: that of package.json',
    },
    revision: {
      kind: text({ pattern: /^[\w.+-]{0,64}$/, rule: 'at most 64 letters, digits and . + - _' }),
      default: '',
      meaning: 'the commit that this was built from, where the image knows it',
    },
    nodeName: {
      kind: text({ pattern: /^[\w.:-]{0,64}$/, rule: 'at most 64 letters, digits and . : - _' }),
      default: '',
      meaning:
        "the machine that this runs on, for the page; unset: the host name, which is a container's in a container",
    },
    colour: {
      kind: text({ pattern: /^(auto|#[0-9a-fA-F]{6})$/, rule: 'auto or a colour such as #3366cc' }),
      default: 'auto',
      meaning: 'the colour of this version on the page; auto makes it from the version',
    },
  } satisfies Record<string, Setting<unknown>>;
}
