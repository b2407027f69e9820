/**
 * One check for each app, run by Mesos beside the task, in its network. It is fast: with Marathon's defaults a dead task
 * would be asked for the first time after 15 s, then once a minute, and its failures counted after 5 minutes.
 */
import type { Command, Healthcheck, Service } from '../lib/compose-model/model.ts';
import { LABELS } from '../lib/haproxy/access.ts';
import { ALIVE } from '../lib/roles.ts';
import { shWord } from '../lib/sh-word.ts';
import type { HealthCheck } from './api.ts';
import type { AppPort } from './ports.ts';
import { type Report, type Tell, tellers } from './report.ts';
import { isRedis, roleOf, rolePort } from './roles.ts';

/** Seconds. A first answer is looked for when a program of Node has had time to start. */
const FAST = { grace: 10, interval: 2, timeout: 3, failures: 3, delay: 1 } as const;

export function healthChecksOf(
  service: Service,
  { ports, report }: { readonly ports: readonly AppPort[]; readonly report: Report },
): readonly HealthCheck[] {
  const { choose, lose } = tellers(report, service);
  const { healthcheck, isHealthcheckOff } = service;
  if (isHealthcheckOff) return [];
  const timing = timingOf(healthcheck, lose);
  const http = httpOf(service, ports);
  if (http) {
    if (http.isGuess) {
      choose('healthcheck', `it is asked for ${http.path}: the label ${LABELS.check} says another path`);
    } else if (healthcheck) choose('healthcheck', `it is asked for ${http.path}, in place of what the file has run`);
    const { path, portIndex } = http;
    return [{ protocol: 'MESOS_HTTP', path, portIndex, ...timing }];
  }
  if (healthcheck) return [{ protocol: 'COMMAND', command: { value: commandLine(healthcheck.test) }, ...timing }];
  const portIndex = ports.findIndex(({ protocol }) => protocol === 'tcp');
  return portIndex === -1 ? [] : [{ protocol: 'MESOS_TCP', portIndex, ...timing }];
}

/**
 * Known to speak HTTP: a role of ours, or a label that says what to ask for. A port that is guessed to be one of HTTP is
 * asked for `/`, unless the file has a check of its own: that knows its program better.
 */
function httpOf(
  service: Service,
  ports: readonly AppPort[],
): { readonly path: string; readonly portIndex: number; readonly isGuess: boolean } | undefined {
  if (isRedis(service)) return undefined;
  const own = rolePort(service);
  const ofRole = ports.findIndex(({ port, protocol }) => port === own && protocol === 'tcp');
  if (roleOf(service) && ofRole !== -1) return { path: ALIVE, portIndex: ofRole, isGuess: false };
  const portIndex = ports.findIndex(({ mode }) => mode === 'http');
  if (portIndex === -1) return undefined;
  const labelled = service.labels.get(LABELS.check);
  if (labelled !== undefined) return { path: labelled, portIndex, isGuess: false };
  return service.healthcheck ? undefined : { path: '/', portIndex, isGuess: true };
}

type Timing = Pick<
  HealthCheck,
  'gracePeriodSeconds' | 'intervalSeconds' | 'timeoutSeconds' | 'maxConsecutiveFailures' | 'delaySeconds'
>;

function timingOf(healthcheck: Healthcheck | undefined, lose: Tell): Timing {
  const { startPeriodMs, intervalMs, timeoutMs, retries } = healthcheck ?? {};
  const seconds = (key: string, ms: number | undefined, otherwise: number, least = 1): number => {
    if (ms === undefined) return otherwise;
    const whole = Math.max(least, Math.ceil(ms / 1000));
    if (whole * 1000 !== ms) lose(`healthcheck.${key}`, `Marathon counts whole seconds: ${whole}`);
    return whole;
  };
  return {
    gracePeriodSeconds: seconds('start_period', startPeriodMs, FAST.grace, 0),
    intervalSeconds: seconds('interval', intervalMs, FAST.interval),
    timeoutSeconds: seconds('timeout', timeoutMs, FAST.timeout),
    // 0 would end the task at its first failure.
    maxConsecutiveFailures: Math.max(1, retries ?? FAST.failures),
    delaySeconds: FAST.delay,
  };
}

/**
 * Mesos puts the line between double quotes, into a line for the agent's own shell (MESOS-4812): what that shell would
 * take for itself goes there as numbers, and is put back together in the container.
 */
function commandLine(test: Command): string {
  const line = test.kind === 'shell' ? test.line : test.words.map(shWord).join(' ');
  if (!/["$`\\]/.test(line)) return line;
  const octal = (character: string): string => `\\0${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  return `printf '%b' '${line.replaceAll(/["$`\\'\n]/g, octal)}' | sh`;
}
