/** plan, apply and remove: what there should be, making it, and taking it away. */
import { basename } from 'node:path';
import { asUsage, EXIT, print, verb } from '../lib/command-line.ts';
import type { Project } from '../lib/compose-project.ts';
import { parseDuration } from '../lib/marked-commands.ts';
import { createProgress, type Progress } from '../lib/progress.ts';
import { removeProxies } from '../lib/proxies.ts';
import { countInWords } from '../lib/words.ts';
import type { Action, Configure } from './actions.ts';
import { common, dryRun, linksOf, open, type Opened, within } from './flags.ts';
import { renderConfiguration } from './haproxy.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import type { Link } from './links.ts';
import { hasNames, missingNames, type NamesFile, namesFile, removeNames, writeNames } from './names-file.ts';
import { assertPossible, formatActions, formatLinks } from './plan.ts';
import { pullProxyImage } from './proxy-container.ts';
import { recreate } from './recreate.ts';
import { settle, untilReady } from './settle.ts';
import { readConfigurations } from './shared-folder.ts';
import { consumersIn, look, type Placed, type Sight } from './sight.ts';
import { showStatus } from './status.ts';

export const plan = verb(common, async ({ values, signal }) => {
  const opened = await open(values, signal);
  const found = await linksOf(opened);
  const { links, refusals } = found;
  if (refusals.length === 0 && links.length > 0) {
    const todo = await findTodo(opened, links);
    const lines = formatTodo(todo);
    const next = lines.length === 0
      ? 'All of it is there already.'
      : `${lines.join('\n')}\nNext: ./scripts/ambassadors.mjs apply`;
    print(values, asData(links, todo), `${formatLinks(links)}\n\n${next}`);
    return EXIT.done;
  }
  print(values, { links, refusals }, links.length === 0 ? '' : formatLinks(links));
  assertPossible(opened.project, found);
  return EXIT.failed;
});

export const apply = verb({ ...common, ...dryRun, ...within }, async ({ values, signal }) => {
  const withinMs = asUsage(() => parseDuration(values.within));
  const opened = await open(values, signal);
  const found = await linksOf(opened);
  assertPossible(opened.project, found);
  const todo = await findTodo(opened, found.links);
  if (values['dry-run']) {
    const lines = formatTodo(todo);
    print(values, asData(found.links, todo), lines.length === 0 ? 'Nothing to do' : lines.join('\n'));
    return EXIT.done;
  }
  if (todo.consumers.length === 0) {
    const services = [...new Set(found.links.map(({ consumer }) => consumer))].join(', ');
    throw new Error(`None of ${services} runs, which would need ambassadors: ./scripts/compose.mjs up`);
  }
  const progress = createProgress();
  const { keeper, file, nameless } = todo;
  await Promise.all(opened.engines.map((engine) => pullProxyImage(engine, opened.image, progress)));
  let changes = 0;
  if (await writeNames(file)) {
    changes++;
    progress.done(`${basename(file.path)} written`);
  }
  if (nameless.length > 0) {
    changes++;
    await recreateConsumers(opened.project, nameless, { files: [...file.others, file.path], signal, progress });
  }
  changes += await settle(keeper, progress);
  await untilReady(keeper, { withinMs, signal });
  if (changes === 0) progress.done('Nothing to do: all of it is there already');
  return await showStatus(keeper, values);
});

export const remove = verb({ ...common, ...dryRun }, async ({ values, signal }) => {
  const { project, engines } = await open(values, signal);
  const sight = await look(project.name, engines);
  const file = namesFile(project, []);
  const proxies = [...sight.ambassadors, ...sight.balancers];
  const named = sight.members.filter(({ container }) => hasNames(container));
  const data = {
    containers: proxies.map(({ container }) => container.name),
    remade: named.map(({ container }) => container.name),
  };
  const what = `${inWords(sight)} of ${project.name}`;
  if (values['dry-run']) {
    const remade = named.length === 0 ? '' : `, after ${data.remade.join(', ')} would be made anew without their names`;
    print(values, data, `Would remove ${what}${remade}`);
    return EXIT.done;
  }
  const progress = createProgress();
  // First: without ambassadors nobody answers to these names any more.
  if (named.length > 0) await recreateConsumers(project, named, { files: file.others, signal, progress });
  await Promise.all(engines.map((engine) => removeProxies(project.name, engine)));
  await removeNames(file);
  print(values, data, `Removed ${what}`);
  return EXIT.done;
});

function inWords({ ambassadors, balancers }: Sight): string {
  return `${countInWords(ambassadors.length, 'ambassador')} and ${countInWords(balancers.length, 'balancer')}`;
}

interface Todo {
  readonly keeper: Keeper;
  readonly file: NamesFile;
  /** Containers that call others, and run. */
  readonly consumers: readonly Placed[];
  /** Of these, those that have not all names of their ambassadors. */
  readonly nameless: readonly Placed[];
  readonly actions: readonly Action[];
  readonly unreachable: readonly string[];
}

async function findTodo({ project, engines, image }: Opened, links: readonly Link[]): Promise<Todo> {
  const keeper = createKeeper({ project: project.name, engines, links, image });
  const { sight, wanted, actions } = await keeper.survey({ nameless: true });
  const consumers = consumersIn(sight, links);
  return {
    keeper,
    file: namesFile(project, links),
    consumers,
    nameless: consumers.filter(({ container }) => missingNames(container, links).length > 0),
    actions: await withoutKnown(actions),
    unreachable: [...new Set(wanted.flatMap((one) => one.unreachable))],
  };
}

/** Of those whose configuration nobody remembers, only the ones that have another than they should. */
async function withoutKnown(actions: readonly Action[]): Promise<Action[]> {
  const isConfigure = (action: Action): action is Configure => action.kind === 'configure';
  const groups = Map.groupBy(actions.filter(isConfigure), ({ there }) => there.engine);
  const same = new Set<Action>();
  for (const [engine, own] of groups) {
    const texts = await readConfigurations(engine, own.map(({ there }) => there.container));
    for (const [at, action] of own.entries()) {
      if (texts[at]?.trim() === renderConfiguration(action.wanted.configuration).trim()) same.add(action);
    }
  }
  return actions.filter((action) => !same.has(action));
}

function formatTodo({ nameless, actions, unreachable }: Todo): string[] {
  const names = nameless.map(({ container }) => container.name);
  return [
    ...(names.length === 0 ? [] : [`${names.join(', ')} would be made anew, with the names of their ambassadors`]),
    ...formatActions(actions),
    ...unreachable,
  ];
}

function asData(links: readonly Link[], { file, nameless, actions, unreachable }: Todo) {
  return {
    links,
    file: file.path,
    remade: nameless.map(({ container }) => container.name),
    actions: actions.map(({ kind, name }) => ({ kind, name })),
    unreachable,
  };
}

interface RecreateOptions {
  readonly files: readonly string[];
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

async function recreateConsumers(
  project: Project,
  containers: readonly Placed[],
  { progress, ...options }: RecreateOptions,
): Promise<void> {
  const names = containers.map(({ container }) => container.name);
  progress.now(`making ${names.join(', ')} anew`);
  await recreate(project, containers, options);
  progress.done(`${names.join(', ')} made anew`);
}
