/**
 * Asks a service again and again, over kept connections and over new ones, and after SIGTERM prints how many requests
 * there were, how many failed, and the longest time without an answer. It never tries a request again.
 *
 *   node steady-client.ts URL
 */
import { Agent, request } from 'node:http';

const url = process.argv[2]!;
const agents = [
  new Agent({ keepAlive: true }),
  new Agent({ keepAlive: false }),
];
const LOOPS_EACH = 2;
const PAUSE_MS = 5;

let requests = 0;
const failures: Record<string, number> = {};
let lastAnswerAt = performance.now();
let longestMs = 0;
let isOver = false;

function ask(agent: Agent): Promise<void> {
  return new Promise<void>((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => {
      const kind = error.code ?? error.message;
      failures[kind] = (failures[kind] ?? 0) + 1;
      resolve();
    };
    requests++;
    const asked = request(
      url,
      { agent, method: 'POST', timeout: 5000 },
      (answer) => {
        answer.on('error', fail).on('end', () => {
          if (answer.statusCode !== 200) {
            return fail(new Error(`status ${answer.statusCode}`));
          }
          longestMs = Math.max(longestMs, performance.now() - lastAnswerAt);
          lastAnswerAt = performance.now();
          resolve();
        }).resume();
      },
    );
    asked.on('timeout', () => asked.destroy(new Error('timeout'))).on(
      'error',
      fail,
    ).end('abc');
  });
}

async function loop(agent: Agent): Promise<void> {
  while (!isOver) {
    await ask(agent);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

process.on('SIGTERM', () => void (isOver = true));
await Promise.all(
  agents.flatMap((agent) => Array.from({ length: LOOPS_EACH }, () => loop(agent))),
);
longestMs = Math.max(longestMs, performance.now() - lastAnswerAt);
console.log(JSON.stringify({ requests, failures, longestMs }));
process.exit(0);
