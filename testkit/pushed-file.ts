/** The application as a file whose images are there already. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './machine.ts';

/** Our compose.yml with this image, as compose.mjs push would write it, but for the digests: nothing to build. */
export function pushedFile(image: string): string {
  const text = readFileSync(join(ROOT, 'compose.yml'), 'utf8')
    .replaceAll('${IMAGE:-coinroom}:${VERSION:-1}', image).replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');
  const { services, volumes } = parse(text, { merge: true }) as {
    services: Record<string, { build?: object }>;
    volumes: object;
  };
  for (const service of Object.values(services)) delete service.build;
  return JSON.stringify({ version: '2.4', services, volumes });
}
