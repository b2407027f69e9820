import { delaySetting, serverSettings } from '../service/common-settings.ts';
import { DEFAULT_PORTS } from '../service/addresses.ts';
import { createQueue } from '../service/queue.ts';
import type { Running } from '../service/running.ts';
import { type Setting, type Settings, type Values, wholeNumber } from '../service/settings.ts';
import { type RoleContext, startService } from '../service/start-service.ts';
import { createRngApp } from './app.ts';

export const settings = {
  ...serverSettings(DEFAULT_PORTS.rng),
  delayMs: delaySetting,
  concurrency: {
    kind: wholeNumber({ min: 0, max: 1024 }),
    default: { classroom: '1', full: '0' },
    meaning: 'how many requests rng serves at a time, the others wait in a queue; 0 = all at once',
  } satisfies Setting<number>,
} satisfies Settings;

export function start(values: Values<typeof settings>, context: RoleContext): Promise<Running> {
  const queue = createQueue({ delayMs: values.delayMs, width: values.concurrency });
  return startService('rng', { values, context, queue, createApp: (options) => createRngApp({ ...options, queue }) });
}
