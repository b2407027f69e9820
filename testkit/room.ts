/** The folder of a room as init, check and copykey leave it, without that there is any machine. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from './docker.ts';
import { type Scope, temporaryFolder } from './machine.ts';
import { runScript } from './script.ts';

export interface RoomFolder {
  readonly folder: string;
  /** node1 of c1 first. */
  readonly addresses: readonly string[];
  /** By cluster. */
  readonly passwords: Readonly<Record<string, string>>;
  /** prep.mjs with these arguments, in the folder. */
  readonly prep: (...args: string[]) => Promise<Run>;
}

export interface RoomOptions {
  readonly clusters: number;
  /** Machines of each; 5. */
  readonly size?: number;
  /** The rest of room.yml. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Of the machine with this number, counted from 0. Default: one in 10.0.0.0/8. */
  readonly address?: (at: number) => string;
}

/** It is removed after the test. */
export async function makeRoom(t: Scope, options: RoomOptions): Promise<RoomFolder> {
  const {
    clusters,
    size = 5,
    settings = {},
    address = (at) => `10.${at >> 14}.${(at >> 7) & 127}.${10 + (at & 127)}`,
  } = options;
  const folder = await temporaryFolder(t);
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  const addresses = Array.from({ length: clusters * size }, (_, at) => address(at));
  const passwords = Object.fromEntries(
    Array.from({ length: clusters }, (_, at) => [`c${at + 1}`, `${'bcdefghijk'[at % 10]}${digest(at).slice(0, 11)}`]),
  );
  await mkdir(join(folder, '.workshop'), { mode: 0o700 });
  await write('ips.txt', addresses.map((one) => `${one}\n`).join(''));
  // JSON is YAML.
  await write('room.yml', JSON.stringify({ clusterSize: size, login: 'ubuntu', ...settings }));
  await write('.workshop/passwords.json', JSON.stringify(passwords));
  await write('.workshop/known_hosts', addresses.map((one) => `${one} ssh-ed25519 ${publicKey(one)}\n`).join(''));
  const prep = (...args: string[]): Promise<Run> => runScript('prep', args, { cwd: folder });
  const { code, output } = await prep('init');
  if (code !== 0) throw new Error(`prep.mjs init ended with ${code}: ${output}`);
  return { folder, addresses, passwords, prep };
}

/** Letters, always the same for the same number. */
function digest(at: number): string {
  const bytes = createHash('sha256').update(String(at)).digest();
  return [...bytes].map((byte) => 'bcdefghijknprstuvx'[byte % 18]).join('');
}

/** In the form of RFC 8709 §4, of nobody's private key. */
function publicKey(name: string): string {
  const [type, key] = [Buffer.from('ssh-ed25519'), createHash('sha256').update(name).digest()];
  const framed = [type, key].flatMap((part) => [Buffer.from([0, 0, 0, part.length]), part]);
  return Buffer.concat(framed).toString('base64');
}
