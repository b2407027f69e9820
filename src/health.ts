/**
 * Whether the role in this container is well: what HEALTHCHECK runs, every few seconds in every container, so it loads
 * next to nothing. Exit 0 when /healthz answers 200, else 1 and a line that says why.
 */
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { DEFAULT_PORTS, reachable } from './service/addresses.ts';

const WITHIN_MS = 2000;

/** What the first process of the container was started with; the role may stand there and not in ROLE. */
function argumentsOfMain(): string[] {
  const words = readFileSync('/proc/1/cmdline', 'utf8').split('\0').filter((word) => word !== '');
  return words.slice(words.findIndex((word) => /main\.(mjs|ts)$/.test(word)) + 1);
}

function setting(args: readonly string[], name: 'host' | 'port'): string | undefined {
  const at = args.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  if (at < 0) return process.env[name.toUpperCase()] || undefined;
  return args[at]!.includes('=') ? args[at]!.slice(name.length + 3) : args[at + 1];
}

function address(): string {
  const args = argumentsOfMain();
  const role = args[0]?.startsWith('-') === false ? args[0] : process.env.ROLE || 'all';
  const port = setting(args, 'port') ?? DEFAULT_PORTS[role as keyof typeof DEFAULT_PORTS];
  return `http://${reachable(setting(args, 'host') ?? '0.0.0.0')}:${port}/healthz`;
}

function end(reason?: string): never {
  if (reason !== undefined) process.stderr.write(`${reason}\n`);
  process.exit(reason === undefined ? 0 : 1);
}

const url = address();
const request = get(
  url,
  { timeout: WITHIN_MS },
  ({ statusCode }) => end(statusCode === 200 ? undefined : `${url} answered ${statusCode}`),
);
request.on('timeout', () => end(`${url} did not answer within ${WITHIN_MS} ms`));
request.on('error', (error) => end(`${url} cannot be reached: ${error.message}`));
