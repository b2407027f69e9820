/** All roles: what each does, what it can be told, and how it starts. */
import { settings as allSettings, start as startAll } from './all/start.ts';
import { run as runAudit, settings as auditSettings } from './audit/start.ts';
import { settings as hasherSettings, start as startHasher } from './hasher/start.ts';
import { settings as rngSettings, start as startRng } from './rng/start.ts';
import type { Running } from './service/running.ts';
import type { Pace, Setting, Settings, Values } from './service/settings.ts';
import type { RoleContext } from './service/start-service.ts';
import { settings as webuiSettings, start as startWebui } from './webui/start.ts';
import { settings as workerSettings } from './worker/settings.ts';
import { start as startWorker } from './worker/start.ts';
import { settings as wwwSettings, start as startWww } from './www/start.ts';

type RoleSettings = Settings & { readonly pace: Setting<Pace>; readonly log: Setting<'auto' | 'json' | 'text'> };

export interface Role {
  /** One sentence. */
  readonly meaning: string;
  readonly settings: RoleSettings;
  /** Starts to serve, or does its work and gives the exit code. */
  readonly start: (values: Values<RoleSettings>, context: RoleContext) => Promise<Running | 0 | 1>;
}

// Each role's start takes the values of its own table; the table of roles only needs that the two belong together.
function role<S extends RoleSettings>(definition: {
  meaning: string;
  settings: S;
  start: (values: Values<S>, context: RoleContext) => Promise<Running | 0 | 1>;
}): Role {
  return definition as unknown as Role;
}

export const roles: Readonly<Record<string, Role>> = {
  rng: role({ meaning: 'serves random bytes', settings: rngSettings, start: startRng }),
  hasher: role({ meaning: 'serves sha256 digests', settings: hasherSettings, start: startHasher }),
  worker: role({ meaning: 'mines with both', settings: workerSettings, start: startWorker }),
  webui: role({ meaning: 'shows how the mining goes', settings: webuiSettings, start: startWebui }),
  all: role({ meaning: 'all of the above in one process', settings: allSettings, start: startAll }),
  audit: role({ meaning: 'verifies the store, prints what it found, ends', settings: auditSettings, start: runAudit }),
  www: role({
    meaning: 'shows the chapters of the workshop, and lets others clone it',
    settings: wwwSettings,
    start: startWww,
  }),
};
