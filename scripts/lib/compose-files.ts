/** Which Compose files are meant when nobody names one. */
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { UsageError } from './command-line.ts';

const DEFAULT_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

/** What COMPOSE_FILE says, else the first of those that Compose takes here, with its override. @throws UsageError for none */
export function composeFiles(): string[] {
  const { COMPOSE_FILE, COMPOSE_PATH_SEPARATOR } = process.env;
  if (COMPOSE_FILE) return COMPOSE_FILE.split(COMPOSE_PATH_SEPARATOR || delimiter);
  const file = DEFAULT_FILES.find((name) => existsSync(name));
  if (file === undefined) throw new UsageError(`There is no ${DEFAULT_FILES.join(' or ')} here: name one with -f`);
  const override = file.replace(/(\.\w+)$/, '.override$1');
  return existsSync(override) ? [file, override] : [file];
}
