/** ROLE=all: every role in this process, with an embedded store. The page is on PORT, the others on the next three. */
import { settings as hasherSettings, start as startHasher } from '../hasher/start.ts';
import { settings as rngSettings, start as startRng } from '../rng/start.ts';
import { reachable } from '../service/addresses.ts';
import { storeUrlSetting } from '../service/common-settings.ts';
import { createLog } from '../service/log.ts';
import type { Running } from '../service/running.ts';
import { autoOr, httpUrls, type Settings, type Values } from '../service/settings.ts';
import type { RoleContext } from '../service/start-service.ts';
import { settings as webuiSettings, start as startWebui } from '../webui/start.ts';
import { settings as workerSettings } from '../worker/settings.ts';
import { start as startWorker } from '../worker/start.ts';
import { showProgress } from './progress.ts';

export const settings = {
  ...rngSettings,
  ...hasherSettings,
  ...workerSettings,
  ...webuiSettings,
  port: {
    ...webuiSettings.port,
    meaning: 'the port of the page; rng, hasher and worker take the next three; 0: free ones',
  },
  drainMs: { ...webuiSettings.drainMs, default: '0' },
  rngUrl: { kind: autoOr(httpUrls), default: 'auto', meaning: 'where rng is; auto is the one in this process' },
  hasherUrl: { kind: autoOr(httpUrls), default: 'auto', meaning: 'where hasher is; auto is the one in this process' },
  storeUrl: { ...storeUrlSetting, default: 'sqlite:./data/wallet.db' },
} satisfies Settings;

export async function start(values: Values<typeof settings>, context: RoleContext): Promise<Running> {
  const portAfter = (steps: number): number => values.port === 0 ? 0 : values.port + steps;
  const rng = await startRng({ ...values, port: portAfter(1) }, context);
  const hasher = await startHasher({ ...values, port: portAfter(2) }, context);
  const webui = await startWebui(values, context);
  const own = (port: number): string[] => [`http://${reachable(values.host)}:${port}`];
  const worker = await startWorker({
    ...values,
    port: portAfter(3),
    rngUrl: values.rngUrl === 'auto' ? own(rng.port) : values.rngUrl,
    hasherUrl: values.hasherUrl === 'auto' ? own(hasher.port) : values.hasherUrl,
  }, context);

  const log = createLog({ format: context.logFormat, role: 'all' });
  const progress = showProgress({ hub: webui.hub, log, pageUrl: `http://localhost:${webui.port}` });
  const services = [rng, hasher, webui];
  return {
    port: webui.port,
    drain: () => {
      worker.drain();
      for (const service of services) service.drain();
    },
    close: async () => {
      progress.stop();
      // The worker first: what it has mined it confirms and records with the others' help.
      const code = await worker.close();
      await Promise.all(services.map((service) => service.close()));
      return code;
    },
  };
}
