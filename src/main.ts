/**
 * The one program: starts the role that ROLE (or the first argument) names, runs until it is told to stop, and stops
 * without losing anything. The only reader of the environment.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import packageJson from '../package.json' with { type: 'json' };
import { roles } from './roles.ts';
import { settingsHelp } from './service/help.ts';
import { createLog, type Log } from './service/log.ts';
import type { Running } from './service/running.ts';
import { parseFlags, readSettings, SettingError, type Settings } from './service/settings.ts';
import { StoreUrlError } from './store/store.ts';

/** After the drain nothing may take longer than this; what does is said, and the process ends. */
const STOP_WITHIN_MS = 4500;

/** npm passes a Ctrl-C on to a process that the terminal has told already: signals this close are one. */
const SAME_SIGNAL_MS = 300;

/** Wrong usage: the message of a SettingError stands on stderr. */
const WRONG_USAGE = 2;

const args = process.argv.slice(2);
try {
  await main(args, process.env);
} catch (error) {
  if (error instanceof SettingError) exitWith(WRONG_USAGE, error.message);
  if (error instanceof StoreUrlError) exitWith(WRONG_USAGE, `STORE_URL cannot be used: ${error.message}`);
  throw error;
}

async function main(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const word = args[0]?.startsWith('-') ? undefined : args[0];
  const name = word ?? (env.ROLE || 'all');
  const isHelp = args.includes('--help') || args.includes('-h');
  const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
  if (!role) {
    throw new SettingError(`ROLE must be one of ${Object.keys(roles).join(', ')}; got ${JSON.stringify(name)}`);
  }
  if (isHelp) return void process.stdout.write(helpText(word));

  const { flags, words } = parseFlags(args.slice(word === undefined ? 0 : 1), role.settings, name);
  if (words.length > 0) throw new SettingError(`Arguments must be a role and --flags; got ${JSON.stringify(words[0])}`);
  const values = readSettings(role.settings, { env, flags });
  const logFormat = values.log === 'auto' ? (process.stderr.isTTY ? 'text' : 'json') : values.log;
  const log = createLog({ format: logFormat, role: name });
  tellTroubles(log);

  const started = Promise.withResolvers<Running>();
  if (name !== 'audit') {
    // First of all: a signal that comes while it starts must not kill it half-way.
    stopOnSignals(started.promise, { drainMs: (values as { drainMs?: number }).drainMs ?? 0, log });
    log.info('starting', startNotes(name, values.pace, word === undefined && !env.ROLE));
  }
  const outcome = await role.start(values, { logFormat, packageVersion: packageJson.version });
  if (typeof outcome === 'number') process.exit(outcome);
  started.resolve(outcome);
}

function startNotes(role: string, pace: string, isUnset: boolean): Record<string, string> {
  const others = Object.keys(roles).filter((name) => name !== role).join(', ');
  return {
    pace,
    ...(isUnset ? { unset: `ROLE is not set, so all roles run in this process; the others are ${others}` } : {}),
    ...(pace === 'classroom' && knowsPace(roles[role]!.settings)
      ? { note: '3.33 hashes/s a worker is on purpose; full speed: --pace full, or PACE=full' }
      : {}),
  };
}

/** Whether anything about a role depends on the pace. */
function knowsPace(settings: Settings): boolean {
  return Object.values(settings).some((setting) => typeof setting.default !== 'string');
}

function stopOnSignals(started: Promise<Running>, { drainMs, log }: { drainMs: number; log: Log }): void {
  let firstAt: number | undefined;
  const onSignal = async (signal: string): Promise<void> => {
    if (firstAt !== undefined) {
      if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    firstAt = performance.now();
    // Whoever pressed Ctrl-C waits; whoever sent SIGTERM may have a balancer that still sends requests here.
    const waitMs = signal === 'SIGINT' ? 0 : drainMs;
    log.info('stopping', { signal, drainMs: waitMs });
    setTimeout(() => {
      log.error('stop_overdue', { afterMs: STOP_WITHIN_MS + waitMs });
      process.exit(1);
    }, waitMs + STOP_WITHIN_MS);
    const running = await started;
    running.drain();
    await sleep(waitMs);
    const code = await running.close();
    log.info('stopped', { code });
    process.exit(code);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** A crash and the runtime's own warnings are log lines like all others. */
function tellTroubles(log: Log): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    if (name !== 'ExperimentalWarning') log.warn('runtime_warning', { name, message });
  });
  process.on('uncaughtException', (error) => {
    log.error('crashed', { error: error.message, stack: error.stack });
    process.exit(1);
  });
}

function helpText(role: string | undefined): string {
  const shown = role === undefined ? Object.entries(roles) : [[role, roles[role]!] as const];
  const tables = shown.map(([name, { meaning, settings }]) => `\n${name}: ${meaning}\n${settingsHelp(settings)}`);
  return `coinroom ${packageJson.version}: a miner of pseudo-coins to teach, rehearse and test orchestration with

Usage:
  npm start -- [ROLE] [--setting value]…
  ROLE=worker DIFFICULTY=2 npm start        the same as: npm start -- worker --difficulty 2

Roles: ${Object.keys(roles).join(', ')}; all when none is named.
Every setting is an environment variable and a flag of the same name; the flag counts.
${tables.join('')}`;
}

function exitWith(code: number, line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(code);
}
