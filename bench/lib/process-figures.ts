/** What Linux says of a process: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
import { readFileSync } from 'node:fs';

/** Clock ticks a second; 100 on every Linux that Node and Deno run on. */
const TICKS_PER_SECOND = 100;
/** In /proc/PID/stat, counted from the field after the command's name. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/** Processor time of all threads so far, in us. */
export function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return ((Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) / TICKS_PER_SECOND) * 1e6;
}
