/** What HAProxy says of itself: the CSV of `show stat` (HAProxy's management guide, section 9.1). */
import { STATISTICS } from './haproxy.ts';

export interface ServerStatistics {
  readonly name: string;
  /** `UP`, `DOWN`, or with a check under way `UP 1/2`. */
  readonly status: string;
  /** Whether it has been looked at yet; before that it is taken to be up. */
  readonly isChecked: boolean;
  /** Requests, or for TCP connections, since HAProxy has had this configuration. */
  readonly total: number;
  /** Of these, now on their way. */
  readonly current: number;
}

export interface ListenerStatistics {
  readonly port: number;
  readonly mode: string;
  readonly current: number;
  readonly total: number;
  readonly servers: readonly ServerStatistics[];
}

/** @throws SyntaxError for what is none of HAProxy's */
export function parseStatistics(csv: string): ListenerStatistics[] {
  const [head = '', ...lines] = csv.trim().split('\n');
  const columns = head.replace(/^# /, '').split(',');
  for (const name of ['pxname', 'svname', 'scur', 'stot', 'status', 'check_status', 'mode']) {
    if (!columns.includes(name)) throw new SyntaxError(`Cannot read what HAProxy says: ${name} is missing in ${head}`);
  }
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [columns[at]!, cell])));
  const groups = Map.groupBy(rows, ({ pxname }) => pxname!);
  return [...groups].filter(([name]) => name !== STATISTICS).map(([name, own]) => {
    const whole = own.find(({ svname }) => svname === 'BACKEND')!;
    // One in maintenance has gone; the next reload forgets it.
    const servers = own.filter(({ svname, status }) =>
      !['FRONTEND', 'BACKEND'].includes(svname!) && status !== 'MAINT'
    );
    return {
      port: Number(name.split('-').at(-1)),
      mode: whole.mode!,
      current: Number(whole.scur),
      total: Number(whole.stot),
      servers: servers.map(({ svname, status, check_status, stot, scur }) => ({
        name: svname!,
        status: status!,
        isChecked: !/INI$/.test(check_status!),
        total: Number(stot),
        current: Number(scur),
      })),
    };
  });
}

/** Whether it was found well. */
export function isUp({ status, isChecked }: Pick<ServerStatistics, 'status' | 'isChecked'>): boolean {
  return isChecked && status.startsWith('UP');
}
