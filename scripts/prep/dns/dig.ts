/** Questions to a name server, by dig: it tells who answers for a name, and for how long an answer is kept. */
import { run } from '../../lib/process.ts';
import { canonicalName, parseRecords, type ResourceRecord, type TYPES } from './records.ts';
import type { Server } from './server.ts';

export interface Question {
  /** Undefined: whom this machine asks. */
  readonly server: Server | undefined;
  readonly name: string;
  readonly type: (typeof TYPES)[number];
  /** Whether it is to ask others. */
  readonly isRecursive: boolean;
}

export interface Answer {
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED` (RFC 6895 §2.3). */
  readonly status: string;
  /** Whether the server keeps the name itself. */
  readonly isAuthoritative: boolean;
  /** Those of the name itself. */
  readonly records: readonly ResourceRecord[];
  /** For how long, in s, an answer without records is kept: the SOA that comes with it counts it down (RFC 2308 §5). */
  readonly noneFor: number | undefined;
}

/** Seconds for an answer. */
const ANSWER_WITHIN_S = 2;

/** @throws Error when there is no answer */
export async function dig(question: Question, signal?: AbortSignal): Promise<Answer> {
  const { server, name, type, isRecursive } = question;
  const command = [
    ...['dig', ...(server === undefined ? [] : [`@${server.host}`, '-p', String(server.port)])],
    ...[isRecursive ? '+recurse' : '+norecurse', '+noall', '+comments', '+answer', '+authority'],
    ...[`+time=${ANSWER_WITHIN_S}`, '+tries=2', '-q', `${name}.`, '-t', type],
  ];
  const { stdout, stderr } = await run(command, signal ? { signal } : {});
  const [, status] = /^;; ->>HEADER<<-.* status: (\w+)/m.exec(stdout) ?? [];
  if (status === undefined) {
    const [why = 'no answer'] = /(?<=^;; communications error to \S+: |^dig: ).+/m.exec(`${stdout}${stderr}`) ?? [];
    throw new Error(`Cannot ask ${server?.text ?? `this machine's name server`} for ${name}: ${why}`);
  }
  const records = parseRecords(stdout);
  return {
    status,
    isAuthoritative: /^;; flags:[^;]* aa\b/m.test(stdout),
    records: records.filter((record) => record.name === canonicalName(name)),
    noneFor: records.find((record) => record.type === 'SOA')?.ttl,
  };
}
