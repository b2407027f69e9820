/** Requests from inside a container, one after the other on each of some connections, until they are told to stop. */
import { spawn } from 'node:child_process';
import type { Scope } from './machine.ts';

export interface LoadOptions {
  readonly url: string;
  readonly connections?: number;
  /** Whether connections are kept, or each request has its own. */
  readonly keepAlive?: boolean;
  /** Between an answer and the next request; 0. Without a pause the load takes all that a machine has. */
  readonly pauseMs?: number;
  /** Sent with POST; without it, GET. */
  readonly body?: string;
}

export interface LoadResult {
  /** How many requests each instance has answered, by its X-Instance. */
  readonly answered: Readonly<Record<string, number>>;
  /** What went wrong with the others: the error, or the status. */
  readonly failed: readonly string[];
}

export interface Load {
  /** Lets those on their way come back. */
  readonly stop: () => Promise<LoadResult>;
}

/** Runs in the container's Node. */
const CLIENT = `
const http = require('http');
const { url, connections, keepAlive, pauseMs, body } = JSON.parse(process.argv[1]);
// Not an agent that keeps nothing: with a limit it keeps connections all the same.
const agent = keepAlive && new http.Agent({ keepAlive, maxSockets: connections });
const answered = {}, failed = [];
let stopping = false;
const ask = () => new Promise((resolve) => {
  const request = http.request(url, { agent, method: body === undefined ? 'GET' : 'POST' }, (response) => {
    response.resume().on('error', (error) => resolve(failed.push(error.code || error.message))).on('end', () => {
      const who = response.headers['x-instance'];
      if (response.statusCode === 200) answered[who] = (answered[who] || 0) + 1;
      else failed.push(String(response.statusCode));
      resolve();
    });
  });
  request.on('error', (error) => resolve(failed.push(error.code || error.message)));
  request.end(body);
});
const pause = () => new Promise((resolve) => setTimeout(resolve, pauseMs));
const loop = async () => { while (!stopping) { await ask(); if (pauseMs > 0) await pause(); } };
process.stdin.resume().on('end', () => stopping = true);
Promise.all(Array.from({ length: connections }, loop)).then(() => {
  console.log(JSON.stringify({ answered, failed }));
  process.exit(0);
});
`;

/** Starts it in a container that has Node. */
export function startLoad(
  t: Scope,
  container: string,
  { url, connections = 4, keepAlive = false, pauseMs = 0, body }: LoadOptions,
): Load {
  const options = JSON.stringify({ url, connections, keepAlive, pauseMs, body });
  const child = spawn('docker', ['exec', '--interactive', container, 'node', '-e', CLIENT, options], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [said, complained] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => said += text);
  child.stderr.setEncoding('utf8').on('data', (text: string) => complained += text);
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  t.after(async () => {
    child.stdin.destroy();
    child.kill('SIGKILL');
    await ended;
  });
  return {
    stop: async () => {
      child.stdin.end();
      await ended;
      if (said === '') throw new Error(`The load in ${container} ended without a result: ${complained}`);
      return JSON.parse(said) as LoadResult;
    },
  };
}

/** Runs it until this has come back. */
export async function underLoad(
  t: Scope,
  container: string,
  options: LoadOptions,
  action: () => Promise<unknown>,
): Promise<LoadResult> {
  const load = startLoad(t, container, options);
  await action();
  return await load.stop();
}

export function answersOf({ answered }: LoadResult): number[] {
  return Object.values(answered).sort((a, b) => a - b);
}
