/** Why an app is not well: what its last task has said, what it waits for, which of its tasks are sick. */
import { countInWords } from '../lib/words.ts';
import type { QueueItem, Task } from './answers.ts';
import { type AppState, isHealthy, isOutdated, isRunning } from './apps.ts';
import type { Marathon } from './client.ts';
import { MarathonError } from './troubles.ts';

/** For those that are not well; with no queue where it cannot be read. */
export async function explain(marathon: Marathon, sick: readonly AppState[]): Promise<string[]> {
  if (sick.length === 0) return [];
  try {
    const queue = await marathon.queue();
    return sick.flatMap((state) => reasonsOf(state, queue.find(({ app }) => app?.id === state.id)));
  } catch (error) {
    // Why the queue cannot be read is less than what else is known.
    if (!(error instanceof MarathonError)) throw error;
    return [...sick.flatMap((state) => reasonsOf(state, undefined)), `What waits is not known: ${error.message}`];
  }
}

/** First what is so, then why, each as a line of its own. @param item of the queue, if it waits there */
export function reasonsOf(state: AppState, item: QueueItem | undefined): string[] {
  const { id, wished, running, healthy, outdated, app } = state;
  const { tasks = [], lastTaskFailure: failure } = app;
  const own = tasks.filter((task) => !isOutdated(task, app));
  const sick = own.filter((task) => !isRunning(task) || (healthy !== undefined && !isHealthy(task)));
  const lines = [
    ...(item ? [waitingInWords(item, state)] : []),
    ...sick.slice(0, MOST_TASKS).map(taskInWords),
    ...(sick.length > MOST_TASKS ? [`and ${countInWords(sick.length - MOST_TASKS, 'task')} more`] : []),
    ...(outdated > 0
      ? [`${countInWords(outdated, 'task')} of the version before ${outdated === 1 ? 'is' : 'are'} still there`]
      : []),
    ...(failure
      ? [`its last failure: ${failure.state} on ${failure.host} at ${failure.timestamp}: ${oneLine(failure.message)}`]
      : []),
  ];
  const counts = [`${running} of ${wished} running`, ...(healthy === undefined ? [] : [`${healthy} healthy`])];
  return [`${id}: ${counts.join(', ')}`, ...lines.map((line) => `  ${line}`)];
}

/** Of the same app they tell the same. */
const MOST_TASKS = 3;

function taskInWords(task: Task): string {
  const { id, host, state, healthCheckResults = [] } = task;
  const name = `task ${id} on ${host}`;
  if (!isRunning(task)) return `${name} is ${state}`;
  const bad = healthCheckResults.find(({ alive }) => !alive);
  if (!bad) return `${name} has passed no health check yet`;
  const { consecutiveFailures = 0, lastFailureCause } = bad;
  const cause = lastFailureCause ? `: ${oneLine(lastFailureCause)}` : '';
  return `${name} fails its health check, ${countInWords(consecutiveFailures, 'time')} in a row${cause}`;
}

/** mesosphere/mesos/NoOfferMatchReason.scala; and the resource of that name in an offer and in an app. */
const REJECTIONS: Readonly<Record<string, readonly [words: string, resource?: 'cpus' | 'mem' | 'disk']>> = {
  UnfulfilledRole: ['a role that it does not take'],
  UnfulfilledConstraint: ['nothing that its constraints allow'],
  NoCorrespondingReservationFound: ['no reservation for it'],
  AgentMaintenance: ['an agent in maintenance'],
  InsufficientCpus: ['too few cpus', 'cpus'],
  InsufficientMemory: ['too little mem', 'mem'],
  InsufficientDisk: ['too little disk', 'disk'],
  InsufficientGpus: ['too few gpus'],
  InsufficientPorts: ['not the ports it wants'],
  DeclinedScarceResources: ['gpus that it does not want'],
};

function waitingInWords(
  { count, delay, processedOffersSummary: summary, lastUnusedOffers }: QueueItem,
  state: AppState,
): string {
  const { id, app } = state;
  // Then it does not look at offers (queue.raml, QueueDelay).
  if (!delay.overdue) return `it has failed too often: the next try is in ${delay.timeLeftSeconds} s`;
  const waits = `${countInWords(count, 'instance')} ${count === 1 ? 'waits' : 'wait'} for an offer`;
  if (!summary) return waits;
  if (summary.processedOffersCount === 0) {
    return `${waits}; none has come: no agent has anything left, or Mesos offers nothing to the role of ${id}`;
  }
  // Each offer is counted once, by the first reason that holds.
  const rejected = (summary.rejectSummaryLastOffers ?? []).filter(({ declined }) => declined > 0);
  if (rejected.length === 0) return `${waits}; ${countInWords(summary.processedOffersCount, 'offer')} looked at so far`;
  const reasons = rejected.map(({ reason, declined }) => {
    const [words, resource] = REJECTIONS[reason] ?? [reason];
    const offered = resource && mostOffered(lastUnusedOffers ?? [], resource);
    if (offered === undefined) return `${words} (${declined})`;
    return `${words} (${declined}; it wants ${app[resource!] ?? '?'}, the most offered is ${offered})`;
  });
  const of = Math.max(...rejected.map(({ processed }) => processed));
  const constraints = rejected.some(({ reason }) => reason === 'UnfulfilledConstraint') && app.constraints?.length
    ? `; its constraints: ${app.constraints.map((one) => one.join(' ')).join(', ')}`
    : '';
  return `${waits}; of the last ${of}, ${of === 1 ? 'it has' : 'they have'} ${reasons.join(', ')}${constraints}`;
}

/** By one agent, all roles together; undefined where no offer is known. */
function mostOffered(offers: NonNullable<QueueItem['lastUnusedOffers']>, resource: string): number | undefined {
  const sums = offers.map(({ offer }) =>
    offer.resources.filter(({ name }) => name === resource).reduce((sum, { scalar = 0 }) => sum + scalar, 0)
  );
  return sums.length === 0 ? undefined : Math.max(...sums);
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}
