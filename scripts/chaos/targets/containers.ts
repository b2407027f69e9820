/**
 * Containers as targets: of a Compose project, or the tasks of a stack. The label `chaos=on` opts in; `chaos=off` keeps
 * one out, whatever else is said. What our own scripts have started is never a target.
 */
import { nameOf, serviceOf, TASK_LABEL } from '../../lib/container-names.ts';
import type { Container } from '../../lib/containers.ts';
import type { Engine } from '../../lib/engine.ts';
import { listMembers } from '../../lib/members.ts';
import { OWN_LABELS } from '../../lib/own-containers.ts';
import { UsageError } from '../../lib/command-line.ts';
import type { LeftOut, Offer, Target } from './target.ts';

/** `on` or `off`. */
const OPT_LABEL = 'chaos';

export interface ContainerChoice {
  readonly engines: readonly Engine[];
  readonly project: string;
  /** `rng`, `rng:1`, `label=NAME=VALUE` or `name=PATTERN`; none: all. */
  readonly selectors: readonly string[];
  /** Whether those are taken too that have no label that says so; false. */
  readonly unlabelled: boolean;
  readonly signal: AbortSignal;
}

export interface Chosen {
  readonly targets: readonly Target[];
  /** Who would be one, and why not. */
  readonly leftOut: readonly LeftOut[];
}

/** A selector that nobody answers to. */
export class NobodyError extends Error {
  override name = 'NobodyError';
}

/** In the order of their names. @throws NobodyError */
export async function containerTargets({ engines, project, selectors, ...choice }: ContainerChoice): Promise<Chosen> {
  const listed = await Promise.all(engines.map(async (engine) => {
    const containers = await listMembers(project, engine, { signal: choice.signal });
    return containers.map((container) => ({ engine, container }));
  }));
  const named = withNames(listed.flat());
  for (const selector of selectors) {
    if (!named.some((one) => answersTo(selector, one))) {
      const names = [...new Set(named.map(({ group }) => group))].join(', ') || 'nothing';
      throw new NobodyError(`Nobody in ${project} answers to ${JSON.stringify(selector)}: there is ${names}`);
    }
  }
  const wanted = named.filter((one) => selectors.length === 0 || selectors.some((text) => answersTo(text, one)));
  const judged = wanted.map((one) => ({ one, why: whyNot(one, choice) }));
  return {
    targets: judged.flatMap(({ one, why }) => why === undefined ? [toTarget(one)] : []),
    leftOut: judged.flatMap(({ one, why }) => why === undefined ? [] : [{ name: one.name, why }]),
  };
}

interface Named {
  readonly name: string;
  readonly group: string;
  readonly engine: Engine;
  readonly container: Container;
}

function withNames(found: readonly Found[]): Named[] {
  const groups = Map.groupBy(found, ({ container }) => serviceOf(container, false));
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  return [...groups].sort(([a], [b]) => compare(a, b)).flatMap(([group, own]) => {
    const order = own.sort((a, b) =>
      compare(nameOf(a.container), nameOf(b.container)) || compare(a.engine.name, b.engine.name)
    );
    // A task of a Swarm leaves its container behind: the one that runs has its place.
    const living = order.some(({ container }) => container.labels[TASK_LABEL] !== undefined)
      ? order.filter(({ container }) => container.status === 'running' || container.status === 'paused')
      : order;
    return living.filter((one) => !living.some((other) => isInPlaceOf(other, one)))
      .map((one, at) => ({ ...one, group, name: `${group}:${slotOf(one) ?? at + 1}` }));
  });
}

type Found = Pick<Named, 'engine' | 'container'>;

/**
 * The place of a task among those of its service, which another takes after it: so the others keep their names meanwhile.
 * Undefined where there is one on each node, and for containers.
 */
function slotOf({ container }: Found): string | undefined {
  return container.labels[TASK_LABEL] === undefined ? undefined : /\.(\d+)$/.exec(nameOf(container))?.[1];
}

/** While one is replaced by another, both may be there. */
function isInPlaceOf(newer: Found, older: Found): boolean {
  const slot = slotOf(older);
  return slot !== undefined && slotOf(newer) === slot && newer.container.startedAt > older.container.startedAt;
}

function answersTo(selector: string, { name, group, container }: Named): boolean {
  const [, kind, rest = ''] = /^(label|name)=(.+)$/.exec(selector) ?? [];
  if (kind === 'name') return patternOf(rest).test(container.name);
  if (kind === undefined) return selector === name || selector === group || selector === container.name;
  const [label] = rest.split('=', 1);
  const value = container.labels[label!];
  return value !== undefined && (label === rest || value === rest.slice(label!.length + 1));
}

/** @throws UsageError */
function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`name= takes a regular expression; got ${JSON.stringify(text)}`, { cause: error });
  }
}

function whyNot(
  { container: { labels } }: Named,
  { unlabelled }: Pick<ContainerChoice, 'unlabelled'>,
): string | undefined {
  const label = labels[OPT_LABEL];
  if (labels[OWN_LABELS.kind] !== undefined) return 'it is one of our own tools';
  if (label === 'off') return `its label ${OPT_LABEL}=off keeps it out`;
  if (label === 'on' || unlabelled) return undefined;
  return `it has no label ${OPT_LABEL}=on (--unlabelled takes such, too)`;
}

function toTarget({ name, group, engine, container }: Named): Target {
  const { id, status, health, networks, labels, env, memoryLimit } = container;
  const offers: Offer[] = [];
  if (/^(on|true|1)$/.test(env.get('FAULTS') ?? '')) offers.push('faults');
  if (memoryLimit > 0) offers.push('memory limit');
  return {
    ...{ name, kind: 'container', group, site: engine.name, handle: id, addresses: [...networks.values()], offers },
    isWell: status === 'running' && (health === undefined || health === 'healthy'),
    isReplaced: labels[TASK_LABEL] !== undefined,
  };
}
