/** `status URL`: what runs, how well, what is being changed, and what waits for what. */
import { EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { formatTable } from '../lib/table.ts';
import { countInWords } from '../lib/words.ts';
import { accessFlags } from './access.ts';
import type { Deployment } from './answers.ts';
import { appData, formatApps, isWell, stateOf } from './apps.ts';
import { appsOf, type Marathon } from './client.ts';
import { withMarathon } from './session.ts';
import { explain } from './why.ts';

const flags = {
  ...accessFlags,
  group: { type: 'string', default: '/' },
  json: { type: 'boolean' },
} as const;

export const status = verb(flags, async ({ values, positionals: [urls, ...rest], signal }) => {
  if (rest.length > 0) {
    throw new UsageError(`status takes one URL, with commas between several; got ${rest.length + 1}`);
  }
  if (!values.group.startsWith('/')) {
    throw new UsageError(`--group must begin with a slash, such as /coinroom; got ${JSON.stringify(values.group)}`);
  }
  return await withMarathon({ urls, values, signal }, async (marathon) => {
    const { data, told, isAllWell } = await lookAtGroup(marathon, values.group.replace(/(.)\/+$/, '$1'));
    print(values, data, told);
    return isAllWell ? EXIT.done : EXIT.failed;
  });
});

export interface Status {
  readonly data: unknown;
  readonly told: string;
  /** Every app runs as it is wished for, whether or not a deployment is under way. */
  readonly isAllWell: boolean;
}

/** @param id absolute @throws MarathonError */
export async function lookAtGroup(marathon: Marathon, id: string): Promise<Status> {
  const group = await marathon.group(id);
  if (!group) throw new Error(`${marathon.name} has no group ${id}`);
  const states = appsOf(group).map(stateOf);
  const below = (app: string | undefined): boolean => id === '/' || (app ?? '').startsWith(`${id}/`);
  const deployments = (await marathon.deployments()).filter(({ affectedApps = [] }) => affectedApps.some(below));
  const sick = states.filter((state) => !isWell(state));
  const reasons = await explain(marathon, sick);
  const told = [
    states.length === 0 ? `${id} has no apps` : formatApps(states),
    ...(deployments.length === 0 ? [] : ['', formatDeployments(deployments)]),
    ...(reasons.length === 0 ? [] : ['', ...reasons]),
    ...(states.length === 0
      ? []
      : ['', `${states.length - sick.length} of ${countInWords(states.length, 'app')} well`]),
  ];
  const data = { group: id, apps: states.map(appData), deployments, reasons };
  return { data, told: told.join('\n'), isAllWell: sick.length === 0 };
}

function formatDeployments(deployments: readonly Deployment[]): string {
  const rows = deployments.map(({ id, version, currentStep, totalSteps, currentActions = [] }) => [
    ...[id, version, `${currentStep} of ${totalSteps}`],
    currentActions.map(({ action, app, pod }) => `${action} ${app ?? pod ?? ''}`.trim()).join(', '),
  ]);
  return formatTable(['deployment', 'since', 'step', 'now'], rows);
}
