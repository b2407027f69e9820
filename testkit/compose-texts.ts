/** Texts of Compose files, read as an application. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Application, Service } from '../scripts/lib/compose-model/model.ts';
import { readApplication, type ReadOptions } from '../scripts/lib/compose-model/read-application.ts';
import { type Scope, temporaryFolder } from './machine.ts';

/** Writes files, and reads those that are named `compose*.yml`, in their order. */
export async function read(
  t: Scope,
  files: Readonly<Record<string, string>>,
  options: ReadOptions = {},
): Promise<Application> {
  const folder = await temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const main = Object.keys(files).filter((name) => /^compose[^/]*\.yml$/.test(name)).map((name) => join(folder, name));
  return await readApplication({ env: {}, files: main, ...options });
}

/** The only service of a file, with these lines. */
export async function one(t: Scope, lines: string, options?: ReadOptions): Promise<Service> {
  const text = `services:\n  one:\n    image: a\n${lines.replaceAll(/^/gm, '    ')}\nvolumes: { data: {} }\n`;
  return (await read(t, { 'compose.yml': text }, options)).services[0]!;
}

/** The message without the folder. */
export async function refusal(
  t: Scope,
  files: Readonly<Record<string, string>>,
  options?: ReadOptions,
): Promise<string> {
  try {
    await read(t, files, options);
  } catch (error) {
    return (error as Error).message.replaceAll(/\S*coinroom-[^/\s]*\//g, '');
  }
  assert.fail('it was read');
}
