/**
 * Whether the role in this container is well: what HEALTHCHECK runs, every few seconds in every container. So it loads
 * next to nothing, not even node:http, which would double what it costs (85 ms of a core instead of 164, measured).
 * Exit 0 when /healthz answers 200, else 1 and a line that says why.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
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

function address(): { host: string; port: number } {
  const args = argumentsOfMain();
  const role = args[0]?.startsWith('-') === false ? args[0] : process.env.ROLE || 'all';
  const port = setting(args, 'port') ?? DEFAULT_PORTS[role as keyof typeof DEFAULT_PORTS];
  return { host: reachable(setting(args, 'host') ?? '0.0.0.0').replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

function end(reason?: string): never {
  if (reason !== undefined) process.stderr.write(`${reason}\n`);
  process.exit(reason === undefined ? 0 : 1);
}

const { host, port } = address();
const where = `http://${host}:${port}/healthz`;
let answer = '';
const socket = connect(port, host, () => {
  socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
});
socket.setTimeout(WITHIN_MS, () => end(`${where} did not answer within ${WITHIN_MS} ms`));
socket.on('error', (error) => end(`${where} cannot be reached: ${error.message}`));
socket.setEncoding('utf8').on('data', (text: string) => answer += text);
socket.on('end', () => {
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
  end(status === '200' ? undefined : `${where} answered ${status ?? 'nothing'}`);
});
