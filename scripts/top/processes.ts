/** What `docker top` says, which is what the `ps` of the engine's host says of a container. */

/** The columns to ask for. A `ps` that does not know them (BusyBox) tells nothing. */
export const PROCESS_COLUMNS = ['-eo', 'pid,pcpu,args'] as const;
export const THREAD_COLUMNS = ['-eLo', 'pid,lwp,pcpu'] as const;

export interface Processes {
  readonly count: number;
  /** The name of the program that has used most CPU for its age. */
  readonly busiest: string;
}

interface Process {
  readonly pid: string;
  /** Over its life; 100 is one core. */
  readonly cpuPercent: number;
  readonly command: string;
}

/** Undefined when nothing is listed: the container has ended. */
export function parseProcesses(text: string): Processes | undefined {
  const list = listProcesses(text);
  const [first, ...others] = list;
  if (!first) return undefined;
  const busiest = others.reduce((most, one) => one.cpuPercent > most.cpuPercent ? one : most, first);
  return { count: list.length, busiest: programOf(busiest.command) };
}

/**
 * 0 to 1: how much of what all threads of a container have used its busiest thread has; undefined when nothing was used.
 * `processes` and `threads` are what docker top says with the columns above.
 */
export function busiestThreadShare(processes: string, threads: string): number | undefined {
  const others = [...threads.matchAll(/^(\d+)\s+(\d+)\s+([\d.]+)\s*$/gm)]
    .map(([, pid, thread, cpu]) => ({ pid, thread, cpuPercent: Number(cpu) }))
    .filter(({ pid, thread }) => pid !== thread);
  const list = listProcesses(processes);
  const all = list.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0);
  if (all === 0) return undefined;
  // The first thread's own line cannot be used: ps of procps 4 writes there what the whole process has used.
  const firsts = list.map((process) =>
    others.filter(({ pid }) => pid === process.pid).reduce(
      (rest, { cpuPercent }) => rest - cpuPercent,
      process.cpuPercent,
    )
  );
  const most = Math.max(...firsts, ...others.map(({ cpuPercent }) => cpuPercent));
  return Math.min(1, most / all);
}

function listProcesses(text: string): Process[] {
  return [...text.matchAll(/^(\d+)\s+([\d.]+)\s+(\S.*)$/gm)].map(([, pid, cpu, command]) => ({
    pid: pid!,
    cpuPercent: Number(cpu),
    command: command!,
  }));
}

/** `/usr/sbin/nginx -g …` and `nginx: worker process` are both nginx. */
function programOf(command: string): string {
  const word = command.split(/\s/, 1)[0]!;
  return word.replace(/:$/, '').split('/').at(-1) || word;
}
