import { readFileSync } from 'node:fs';
import { DEFAULT_PORTS } from '../service/addresses.ts';
import { serverSettings } from '../service/common-settings.ts';
import type { Running } from '../service/running.ts';
import { secret, type Settings, text, type Values } from '../service/settings.ts';
import { listen, prepare, type RoleContext } from '../service/start-service.ts';
import type { StaticFile } from '../service/static-files.ts';
import { createWwwApp } from './app.ts';
import { isRepository } from './repository.ts';

export const settings = {
  ...serverSettings(DEFAULT_PORTS.www),
  wwwRepo: {
    kind: text(),
    default: '',
    meaning: 'the folder of a bare clone, made ready by git update-server-info, which www lets others clone',
  },
  wwwToken: {
    kind: secret,
    default: '',
    meaning: 'what www then asks for, as the password of HTTP Basic or as a bearer token',
  },
} satisfies Settings;

export async function start(values: Values<typeof settings>, context: RoleContext): Promise<Running> {
  const prepared = prepare('www', values, context);
  // Only this role renders Markdown; the others do not load what does it.
  const { readChapters } = await import('./chapters.ts');
  const app = createWwwApp({
    ...prepared.serviceOptions,
    chapters: readChapters(),
    pageFiles: readPageFiles(),
    repository: values.wwwRepo,
    token: values.wwwToken,
  });
  if (values.wwwRepo !== '' && !await isRepository(values.wwwRepo)) {
    prepared.log.warn('no_repository', {
      folder: values.wwwRepo,
      hint: 'a bare clone, and git update-server-info in it',
    });
  }
  return await listen(app, prepared, values);
}

function readPageFiles(): Map<string, StaticFile> {
  const read = (name: string): string => readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');
  return new Map([
    ['/www.js', { type: 'text/javascript; charset=utf-8', body: read('www.js') }],
    ['/www.css', { type: 'text/css; charset=utf-8', body: read('www.css') }],
    ['/www.svg', { type: 'image/svg+xml', body: read('www.svg') }],
  ]);
}
