/**
 * A zone whose server takes updates (RFC 2136). All that changes is one message, which the server does as a whole or not
 * at all, and only if the name has what was seen there.
 */
import { access, constants, stat } from 'node:fs/promises';
import { UsageError } from '../../lib/command-line.ts';
import { run } from '../../lib/process.ts';
import type { DnsSettings } from '../../lib/room/settings.ts';
import { type Answer, dig } from './dig.ts';
import { addressesAmong, canonicalName, differenceOf, TYPES } from './records.ts';
import { parseServer } from './server.ts';
import type { Change, Found, Zone } from './zone.ts';

type Settings = Extract<DnsSettings, { provider: 'nsupdate' }>;

const ANSWER_WITHIN_S = 10;

/** By the name of the code in the server's answer (RFC 2136 §2.2, RFC 8945 §3). */
const REASONS: Readonly<Record<string, string>> = {
  NOTAUTH: 'it does not keep this zone',
  NOTIMP: 'it takes no updates',
  NOTZONE: 'the name is not in this zone',
  SERVFAIL: 'it could not do it, and its log says why',
  BADKEY: 'it knows no key of this name',
  BADSIG: 'its key of this name has another secret',
  BADTIME: 'its clock and that of this machine are too far apart',
  ...Object.fromEntries(
    ['NXRRSET', 'YXRRSET', 'NXDOMAIN', 'YXDOMAIN'].map((code) => [
      code,
      'somebody has changed the record since it was read, so nothing was done; run it again',
    ]),
  ),
};

/** @throws UsageError for a key that cannot be read */
export async function nsupdateZone(settings: Settings): Promise<Zone> {
  const { keyFile } = settings;
  if (keyFile !== undefined) await checkKey(keyFile);
  return {
    keeper: settings.server,
    read: (name, signal) => read(settings, name, signal),
    replace: async (change, signal) => {
      const code = await update(settings, transaction(change), signal);
      if (code !== 'NOERROR') throw refusal(settings, code);
    },
  };
}

async function read(settings: Settings, name: string, signal?: AbortSignal): Promise<Found> {
  const server = parseServer('The server of dns', settings.server);
  const answers = await Promise.all(TYPES.map((type) => dig({ server, name, type, isRecursive: false }, signal)));
  // Nothing is changed by it, but whom the server does not let in is told so before anybody agrees to anything. And it
  // knows whether there is such a name, where a question would be answered by a wildcard (RFC 4592) as well.
  const code = await update(settings, [`prereq yxdomain ${name}.`], signal);
  if (code !== 'NOERROR' && code !== 'NXDOMAIN') throw refusal(settings, code);
  const bad = answers.find((answer) => !isOfZone(answer));
  if (bad) {
    const why = bad.isAuthoritative ? `it answers ${bad.status}` : 'that part of it is kept by other servers';
    throw new Error(`Cannot read ${name} in the zone ${settings.zone} of ${settings.server}: ${why}`);
  }
  const records = code === 'NXDOMAIN' ? [] : answers.flatMap((answer) => answer.records);
  const alias = records.find(({ type }) => type === 'CNAME');
  return { records: addressesAmong(records), obstacle: alias && `CNAME ${alias.value}` };
}

function isOfZone({ status, isAuthoritative }: Answer): boolean {
  return isAuthoritative && (status === 'NOERROR' || status === 'NXDOMAIN');
}

/** As nsupdate reads it: first what has to be so (RFC 2136 §2.4), all of it, then what changes. */
function transaction({ name, before, after }: Change): string[] {
  const { removed, added } = differenceOf(before, after);
  const changed = TYPES.filter((type) => [...removed, ...added].some((record) => record.type === type));
  return [
    `prereq nxrrset ${name}. IN CNAME`,
    ...TYPES.flatMap((type) => {
      const seen = before.filter((record) => record.type === type);
      if (seen.length === 0) return [`prereq nxrrset ${name}. IN ${type}`];
      return seen.map(({ address }) => `prereq yxrrset ${name}. IN ${type} ${address}`);
    }),
    ...changed.flatMap((type) => [
      `update delete ${name}. IN ${type}`,
      ...after.filter((record) => record.type === type)
        .map(({ ttl, address }) => `update add ${name}. ${ttl} IN ${type} ${address}`),
    ]),
  ];
}

/**
 * Gives the code of the server's answer.
 *
 * @throws Error when there is none
 */
async function update(settings: Settings, lines: readonly string[], signal?: AbortSignal): Promise<string> {
  const { server: given, zone, keyFile } = settings;
  const { host, port } = parseServer('The server of dns', given);
  const input = [`server ${host} ${port}`, `zone ${canonicalName(zone)}.`, ...lines, 'send', ''].join('\n');
  // Over TCP (-v): a datagram whose answer is lost is sent again, and then refused, since the first has changed what it
  // was to find.
  const command = ['nsupdate', '-v', '-t', String(ANSWER_WITHIN_S), ...(keyFile === undefined ? [] : ['-k', keyFile])];
  const { code, stderr } = await run(command, { input, ...(signal ? { signal } : {}) });
  if (code === 0) return 'NOERROR';
  const [, answer, ofKey] = /^update failed: (\w+)(?:\((\w+)\))?$/m.exec(stderr) ?? [];
  if (answer !== undefined) return ofKey ?? answer;
  const said = stderr.trim().split('\n').at(-1) || `nsupdate ended with ${code}`;
  const [, why] = /^; Communication with .* failed: (.+)$/.exec(said) ?? [];
  throw new Error(`${cannotChange(settings)}: ${why === undefined ? said : `no answer over TCP (${why})`}`);
}

function refusal(settings: Settings, code: string): Error {
  const { keyFile } = settings;
  const refused = keyFile === undefined
    ? 'it takes no update without a key: dns.keyFile of room.yml, or --key-file'
    : `it knows the key in ${keyFile}, and lets nobody change the zone with it`;
  const reason = code === 'REFUSED' ? refused : REASONS[code] ?? 'it refuses';
  return new Error(`${cannotChange(settings)}: ${reason} (${code})`);
}

function cannotChange({ zone, server }: Settings): string {
  return `Cannot change the zone ${canonicalName(zone)} at ${server}`;
}

async function checkKey(file: string): Promise<void> {
  await access(file, constants.R_OK).catch((error: Error) => {
    throw new UsageError(`Cannot read the key of the zone: ${error.message}`, { cause: error });
  });
  // No more than a word: on a mounted folder of another system the owner may not be able to change it.
  if (((await stat(file)).mode & constants.S_IROTH) === 0) return;
  process.stderr.write(`Everybody on this machine can read the key in ${file}: chmod 600 ${file}\n`);
}
