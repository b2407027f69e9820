import { delaySetting, serverSettings } from '../service/common-settings.ts';
import { DEFAULT_PORTS } from '../service/addresses.ts';
import { createQueue } from '../service/queue.ts';
import type { Running } from '../service/running.ts';
import type { Settings, Values } from '../service/settings.ts';
import { type RoleContext, startService } from '../service/start-service.ts';
import { createHasherApp } from './app.ts';

export const settings = { ...serverSettings(DEFAULT_PORTS.hasher), delayMs: delaySetting } satisfies Settings;

export function start(values: Values<typeof settings>, context: RoleContext): Promise<Running> {
  const queue = createQueue({ delayMs: values.delayMs });
  return startService('hasher', {
    values,
    context,
    queue,
    createApp: (options) => createHasherApp({ ...options, queue }),
  });
}
