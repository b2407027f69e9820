/**
 * Whether a pod should get requests (readiness), and whether it is alive (liveness). A pod that is not ready is out of the
 * balance, and one that is not alive is started again: so the first is told soon, and the second only when there is no doubt.
 */
import type { Command, Healthcheck } from '../lib/compose-model/model.ts';
import { ALIVE, READY } from '../lib/roles.ts';
import { escapeReferences } from './container.ts';
import { type Fields, filled, type Part } from './objects.ts';
import { askedPort, type Ports } from './ports.ts';

/** As the HEALTHCHECK of our image says. */
const ROLE_START_MS = 30_000;

/** Of Compose, where a healthcheck says nothing: but nobody waits 30 s here to be let into the balance. */
const DEFAULTS = { intervalMs: 5000, timeoutMs: 5000, retries: 3 } as const;

/** In seconds. Out of the balance after 4, started again after 30. */
const HTTP_READINESS = { periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 } as const;
const HTTP_LIVENESS = { periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 6 } as const;

export interface Probes {
  readonly startupProbe?: Fields;
  readonly readinessProbe?: Fields;
  readonly livenessProbe?: Fields;
}

export function probesOf({ service, role, lose }: Part, ports: Ports): Probes {
  const { healthcheck, isHealthcheckOff } = service;
  const asked = askedPort(ports);
  const get = (path: string): Fields => ({ httpGet: { path, port: asked!.name } });
  const run = healthcheck && { exec: { command: probeCommand(healthcheck.test) } };
  const isRole = role !== undefined && !isHealthcheckOff;
  let readyPath = ports.checkPath ?? (isRole ? READY : undefined);
  if (readyPath !== undefined && !asked) {
    lose('labels', `ambassador.check: no port is known to ask at ${readyPath}; say so by expose`);
    readyPath = undefined;
  }
  const ready = readyPath === undefined ? run : get(readyPath);
  const alive = run ?? (isRole ? get(ALIVE) : undefined);
  const startMs = healthcheck?.startPeriodMs ?? (isRole && !healthcheck ? ROLE_START_MS : 0);
  return filled({
    startupProbe: alive && startMs > 0 ? { ...alive, ...startTimes(startMs, healthcheck) } : undefined,
    readinessProbe: ready && { ...ready, ...('exec' in ready ? quick(execTimes(healthcheck!)) : HTTP_READINESS) },
    livenessProbe: alive && { ...alive, ...('exec' in alive ? patient(execTimes(healthcheck!)) : HTTP_LIVENESS) },
  });
}

interface Times {
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

function execTimes({ intervalMs, timeoutMs, retries }: Healthcheck): Times {
  return {
    periodSeconds: seconds(intervalMs ?? DEFAULTS.intervalMs),
    timeoutSeconds: seconds(timeoutMs ?? DEFAULTS.timeoutMs),
    failureThreshold: Math.max(1, retries ?? DEFAULTS.retries),
  };
}

/** In Compose many retries are for the start; here one that is silent gets requests until they are over. */
function quick(times: Times): Times {
  return { ...times, failureThreshold: Math.min(times.failureThreshold, DEFAULTS.retries) };
}

/** Docker starts nothing again that is unhealthy: here at least 30 s have to be bad. */
function patient(times: Times): Times {
  return { ...times, failureThreshold: Math.max(times.failureThreshold, Math.ceil(30 / times.periodSeconds)) };
}

/** Nothing else is asked before this one has been answered: it asks often, until the time is over. */
function startTimes(startMs: number, healthcheck: Healthcheck | undefined): Times {
  const periodSeconds = healthcheck ? 2 : 1;
  const tries = Math.ceil(startMs / 1000 / periodSeconds) + (healthcheck?.retries ?? 0);
  return { periodSeconds, timeoutSeconds: seconds(healthcheck?.timeoutMs ?? 2000), failureThreshold: tries };
}

/** Kubernetes has whole seconds, at least one. */
export function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

function probeCommand(test: Command): string[] {
  const words = test.kind === 'shell' ? ['/bin/sh', '-c', test.line] : test.words;
  return words.map(escapeReferences);
}
