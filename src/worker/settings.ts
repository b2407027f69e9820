/** Everything that a worker can be told. */
import { requestTimeoutSetting, serverSettings, storeUrlSetting } from '../service/common-settings.ts';
import { DEFAULT_PORTS } from '../service/addresses.ts';
import { autoOr, httpUrls, oneOf, type Setting, type Settings, toggle, wholeNumber } from '../service/settings.ts';
import { kernelSetting } from './kernel-setting.ts';

export const settings = {
  ...serverSettings(DEFAULT_PORTS.worker),
  rngUrl: { kind: httpUrls, default: 'http://rng:8001', meaning: 'where rng is; a comma list is used in turn' },
  hasherUrl: {
    kind: httpUrls,
    default: 'http://hasher:8002',
    meaning: 'where hasher is; a comma list is used in turn',
  },
  storeUrl: storeUrlSetting,
  requestTimeoutMs: requestTimeoutSetting,
  connection: {
    kind: oneOf('close', 'keep-alive'),
    default: { classroom: 'close', full: 'keep-alive' },
    meaning: 'close: a new connection a request, over all addresses of a name; keep-alive: connections are kept',
  } satisfies Setting<'close' | 'keep-alive'>,
  difficulty: {
    kind: wholeNumber({ min: 1, max: 64 }),
    default: { classroom: '1', full: '6' },
    meaning: 'leading zero hex digits that make a coin',
  } satisfies Setting<number>,
  candidates: {
    kind: autoOr(wholeNumber({ min: 1, max: 2 ** 24 })),
    default: { classroom: '1', full: 'auto' },
    meaning: 'strings hashed from one seed; auto is about 50 ms of hashing',
  } satisfies Setting<number | 'auto'>,
  confirm: {
    kind: oneOf('all', 'winners'),
    default: { classroom: 'all', full: 'winners' },
    meaning: 'what the hasher is asked to hash: every candidate, or the coins only',
  } satisfies Setting<'all' | 'winners'>,
  loops: {
    kind: autoOr(wholeNumber({ min: 1, max: 10_000 })),
    default: { classroom: '1', full: 'auto' },
    meaning: 'units of work in flight; auto is two a thread',
  } satisfies Setting<number | 'auto'>,
  threads: {
    kind: autoOr(wholeNumber({ min: 1, max: 1024 })),
    default: { classroom: '1', full: 'auto' },
    meaning: 'threads that hash; auto is one a core',
  } satisfies Setting<number | 'auto'>,
  kernel: kernelSetting,
  intervalMs: {
    kind: wholeNumber({ min: 0, max: 60_000 }),
    default: { classroom: '100', full: '0' },
    meaning: 'the pause of a loop between two units of work, ms',
  } satisfies Setting<number>,
  fourByteBug: {
    kind: toggle,
    default: 'off',
    meaning: 'the bug of the first worker: see src/worker/four-byte-bug.ts',
  },
} satisfies Settings;
