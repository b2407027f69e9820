/** A real name server on this machine, with one zone, and with files of its own: nothing of the system's is read or changed. */
import { writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { output } from './docker.ts';
import { eventually } from './eventually.ts';
import { findProgram, type Scope, temporaryFolder, unlessInstalled } from './machine.ts';
import { freePort } from './ports.ts';
import { type Program, startProgram } from './program.ts';

const PACKAGES = 'apt-get install bind9 bind9-utils bind9-dnsutils';

export const unlessBind = ['named', 'tsig-keygen', 'nsupdate', 'dig']
  .map((program) => unlessInstalled(program, PACKAGES)).find((reason) => reason !== false) ?? false;

export const hasIPv6 = Object.values(networkInterfaces()).flat().some((one) => one?.address === '::1');

export interface Bind {
  readonly port: number;
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** The key that may change the zone. */
  readonly keyFile: string;
  /** All records of the zone, a line each, as it gives them to another server; without the SOA, which counts changes. */
  readonly records: () => Promise<string[]>;
  /** Resolves when somebody has asked it for that name. */
  readonly asked: (name: string) => Promise<void>;
  /** Changes the zone, as somebody else would: `update add …`. */
  readonly change: (...lines: string[]) => Promise<void>;
}

export interface BindOptions {
  readonly zone: string;
  /** As in a zone file, without the SOA and the NS. */
  readonly records: string;
}

/** How long it may be kept, in s, that there is none. */
export const NONE_FOR_S = 2;

/** Starts one that takes updates signed with its key, on 127.0.0.1 and, where there is one, on ::1. */
export async function startBind(t: Scope, { zone, records }: BindOptions): Promise<Bind> {
  const folder = await temporaryFolder(t);
  const keyFile = join(folder, 'room.key');
  await writeFile(keyFile, await output(['tsig-keygen', 'room']), { mode: 0o600 });
  const authority = `$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 ${NONE_FOR_S}\n@ NS ns\nns A 127.0.0.1\n`;
  await writeFile(join(folder, 'zone'), authority + records);
  const { port, program } = await startNamed(t, {
    folder,
    options: 'recursion no; allow-transfer { any; }; querylog yes;',
    rest: `include "${keyFile}";
zone "${zone}" { type primary; file "zone"; allow-update { key room; }; };`,
  });
  const transferred = async (): Promise<string[]> => {
    const text = await output(['dig', '@127.0.0.1', '-p', String(port), '+noall', '+answer', zone, 'AXFR']);
    return text.split('\n').filter((line) => !/\sSOA\s/.test(line));
  };
  await eventually(async () => (await transferred()).length > 1, { what: 'the zone to be given out' });
  return {
    ...{ port, address: `127.0.0.1:${port}`, keyFile, records: transferred },
    asked: async (name) => void await program.line(new RegExp(` query: ${name.replaceAll('.', '\\.')} `)),
    change: async (...lines) => {
      const input = [`server 127.0.0.1 ${port}`, `zone ${zone}.`, ...lines, 'send', ''].join('\n');
      await output(['nsupdate', '-k', keyFile], { input });
    },
  };
}

/** Starts one that asks that other one, and keeps what it says. Gives its address. */
export async function startResolver(t: Scope, { port }: Bind): Promise<string> {
  const options = `recursion yes; forward only; forwarders { 127.0.0.1 port ${port}; };`;
  return `127.0.0.1:${(await startNamed(t, { folder: await temporaryFolder(t), options, rest: '' })).port}`;
}

interface NamedOptions {
  readonly folder: string;
  readonly options: string;
  readonly rest: string;
}

async function startNamed(
  t: Scope,
  { folder, options, rest }: NamedOptions,
): Promise<{ port: number; program: Program }> {
  const [port, file] = [await freePort(), join(folder, 'named.conf')];
  await writeFile(
    file,
    `options {
  directory "${folder}"; pid-file none; session-keyfile none; dnssec-validation no; notify no; empty-zones-enable no;
  listen-on { 127.0.0.1; }; listen-on-v6 { ${hasIPv6 ? '::1' : 'none'}; }; ${options}
};
controls { };
${rest}
`,
  );
  const program = startProgram(t, [findProgram('named')!, '-c', file, '-g', '-n', '1', '-p', String(port)]);
  await program.line(/ running$/);
  return { port, program };
}
