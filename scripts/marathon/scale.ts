/** How many there are of an app, where they may be, and how the new ones take the place of the old. */
import type { Service } from '../lib/compose-model/model.ts';
import type { Constraint, MarathonApp, UpgradeStrategy } from './api.ts';
import { type Report, said, tellers } from './report.ts';
import { hasLocalState, writesToAgent } from './volumes.ts';

/**
 * Half stay, and one in five may be more. It holds for any number, since apps are scaled later: with one instance the new
 * one is beside the old (Marathon then allows one more), with more of them room is made first where agents are full. With
 * all of them kept, a full cluster would hang.
 */
const ROLLING: UpgradeStrategy = { minimumHealthCapacity: 0.5, maximumOverCapacity: 0.2 };

/** The volume is free when the old one has gone. */
const STOP_FIRST: UpgradeStrategy = { minimumHealthCapacity: 0, maximumOverCapacity: 0 };

/** No second one fits beside the first, on its agent: some have to go before others come. */
const ROOM_FIRST: UpgradeStrategy = { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 };

export interface ScaleOptions {
  /** Undefined: what the file says. */
  readonly instances: number | undefined;
  readonly constraints: readonly Constraint[];
  readonly report: Report;
}

/** @throws SyntaxError for more than one of what has a volume of its own */
export function scaleOf(
  service: Service,
  { instances = service.replicas, constraints: given, report }: ScaleOptions,
): Pick<MarathonApp, 'instances' | 'upgradeStrategy' | 'constraints' | 'unreachableStrategy'> {
  const { choose } = tellers(report, service);
  const isStateful = hasLocalState(service);
  if (isStateful && instances > 1) {
    throw new SyntaxError(
      `Cannot run ${instances} instances of ${service.name}: each would have a volume of its own, and none the data of ` +
        `all${said(service.at)}`,
    );
  }
  if (service.isGlobal) {
    choose('deploy.mode', `at most one on an agent, and ${instances} in all: --instances ${service.name}=AGENTS`);
  }
  const isUnique = service.isGlobal &&
    !given.some(([field, operator]) => field === 'hostname' && operator === 'UNIQUE');
  const constraints: readonly Constraint[] = [...(isUnique ? [['hostname', 'UNIQUE'] as const] : []), ...given];
  const isLimited = writesToAgent(service) ||
    constraints.some(([, operator]) => operator === 'UNIQUE' || operator === 'MAX_PER');
  return {
    instances,
    ...(constraints.length > 0 ? { constraints } : {}),
    upgradeStrategy: isStateful ? STOP_FIRST : !isLimited
      ? ROLLING
      // Half of one is one: it would have to stay, and the next would have no agent.
      : instances > 1
      ? ROOM_FIRST
      : STOP_FIRST,
    ...(isStateful ? { unreachableStrategy: 'disabled' } : {}),
  };
}

const OPERATORS = ['UNIQUE', 'CLUSTER', 'GROUP_BY', 'LIKE', 'UNLIKE', 'MAX_PER', 'IS'];

/** `rack:LIKE:a|b`, `hostname:UNIQUE`. @throws SyntaxError for what Marathon would refuse */
export function parseConstraint(text: string): Constraint {
  const [field = '', operator = '', ...rest] = text.split(':');
  const value = rest.length === 0 ? undefined : rest.join(':');
  const isNumber = value !== undefined && /^\d+$/.test(value);
  const isGood = field !== '' && OPERATORS.includes(operator) && !(
    (operator === 'UNIQUE' && value !== undefined) ||
    (operator === 'MAX_PER' && !isNumber) ||
    (operator === 'GROUP_BY' && value !== undefined && !isNumber) ||
    (['LIKE', 'UNLIKE'].includes(operator) && !value) ||
    (operator === 'IS' && (value === undefined || !/^[\w/.-]*$/.test(value)))
  );
  if (isGood) return value === undefined ? [field, operator] : [field, operator, value];
  throw new SyntaxError(
    `Cannot place by this: a constraint is FIELD:OPERATOR or FIELD:OPERATOR:VALUE, such as hostname:UNIQUE or ` +
      `rack:LIKE:a|b; got ${JSON.stringify(text)}`,
  );
}
