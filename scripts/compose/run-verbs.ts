/** What students type daily: up, url, scale, update, down. */
import { confirm } from '../lib/ask.ts';
import { asUsage, EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import type { Project } from '../lib/compose-project.ts';
import { parseDuration } from '../lib/marked-commands.ts';
import { createProgress } from '../lib/progress.ts';
import { removeProxies } from '../lib/proxies.ts';
import { formatTable } from '../lib/table.ts';
import { common, type CommonValues, dryRun, openNamed, within } from './flags.ts';
import { serviceOf } from './images.ts';
import { describeProject, formatProject, imagesToBuild, parseScales, scaleServices, startProject } from './up.ts';
import { type Updated, updateService } from './update.ts';
import { planUpdate, servicesToUpdate } from './update-plan.ts';

export const up = verb({ ...common, ...dryRun, ...within }, async ({ values, signal }) => {
  const project = await openNamed(values, signal);
  const withinMs = asUsage(() => parseDuration(values.within));
  if (values['dry-run']) {
    const missing = (await imagesToBuild(project)).map(({ name }) => name);
    const services = [...project.services.keys()];
    const first = missing.length === 0 ? '' : `build ${missing.join(', ')}, then `;
    print(values, { build: missing, services }, `Would ${first}start what does not run of ${services.join(', ')}`);
    return EXIT.done;
  }
  const healthy = await startProject(project, { withinMs, signal, progress: createProgress() });
  return await show(project, values, healthy);
});

export const scale = verb({ ...common, ...dryRun, ...within }, async ({ values, positionals, signal }) => {
  const project = await openNamed(values, signal);
  const withinMs = asUsage(() => parseDuration(values.within));
  const scales = parseScales(project, positionals);
  if (values['dry-run']) {
    const containers = await project.containers();
    const changes = [...scales].map(([service, wanted]) => ({
      service,
      now: containers.filter((one) => one.service === service && one.status === 'running').length,
      wanted,
    }));
    const rows = changes.map(({ service, now, wanted }) => [service, String(now), String(wanted)]);
    print(values, changes, formatTable(['service', 'now', 'would be'], rows));
    return EXIT.done;
  }
  const healthy = await scaleServices(project, scales, { withinMs, signal, progress: createProgress() });
  return await show(project, values, healthy);
});

async function show(project: Project, values: CommonValues, healthy: ReadonlySet<string>): Promise<number> {
  const rows = await describeProject(project, healthy);
  print(values, rows, formatProject(rows));
  return EXIT.done;
}

export const url = verb(common, async ({ values, positionals, signal }) => {
  const project = await openNamed(values, signal);
  const [service = '', ...others] = positionals;
  if (others.length > 0) throw new UsageError(`url takes one service; got ${positionals.join(' ')}`);
  serviceOf(project, service);
  const rows = (await describeProject(project)).filter((row) => row.service === service && row.urls.length > 0);
  if (rows.length === 0) throw new Error(`${service} publishes no port, or does not run: ./scripts/compose.mjs`);
  print(values, rows.map(({ urls }) => urls[0]), rows.map(({ urls }) => urls[0]).join('\n'));
  return EXIT.done;
});

export const update = verb({
  ...common,
  ...dryRun,
  ...within,
  image: { type: 'string' },
}, async ({ values, positionals, signal }) => {
  const project = await openNamed(values, signal);
  const services = servicesToUpdate(project, positionals);
  const plans = await Promise.all(services.map((service) => planUpdate(project, service, values.image)));
  if (values['dry-run']) {
    const rows = plans.map(({ service, image, old, stopFirst }) => [
      service,
      old.map(({ name }) => name).join(', ') || 'none: up to date',
      image,
      stopFirst === undefined ? 'new one first' : `old one first: ${stopFirst}`,
    ]);
    const data = plans.map(({ old, ...plan }) => ({ ...plan, old: old.map(({ name }) => name) }));
    print(values, data, formatTable(['service', 'to be replaced', 'by', 'how'], rows));
    return EXIT.done;
  }
  const options = {
    image: values.image,
    withinMs: asUsage(() => parseDuration(values.within)),
    signal,
    progress: createProgress(),
  };
  const updated: Updated[] = [];
  for (const plan of plans) updated.push(await updateService(project, plan, options));
  const rows = updated.map(({ service, replaced, seconds, gapMs }) => [
    service,
    String(replaced),
    `${seconds.toFixed(1)} s`,
    gapMs === 0 ? 'none' : `${(gapMs / 1000).toFixed(1)} s`,
  ]);
  print(values, updated, formatTable(['service', 'replaced', 'time', 'gap'], rows));
  return EXIT.done;
});

export const down = verb({
  ...common,
  ...dryRun,
  volumes: { type: 'boolean' },
  yes: { type: 'boolean' },
}, async ({ values, signal }) => {
  const project = await openNamed(values, signal);
  const containers = await project.containers();
  const what = `${containers.length} containers of ${project.name}${values.volumes ? ' and its volumes' : ''}`;
  if (values['dry-run']) {
    print(values, containers.map(({ name }) => name), `Would remove ${what}`);
    return EXIT.done;
  }
  if (values.volumes && !values.yes && !await confirm(`Remove ${what}, with all that is in them?`)) return EXIT.failed;
  const progress = createProgress();
  const flags = ['--remove-orphans', ...(values.volumes ? ['--volumes'] : [])];
  // They are in its networks, and of no use without it.
  const proxies = await removeProxies(project.name);
  if (proxies.length > 0) {
    progress.done(`Removed what stood between them: ${proxies.map(({ name }) => name).join(', ')}`);
  }
  await project.compose(['down', ...flags], { onLine: (line) => progress.now(line) });
  progress.done(`Removed ${what}`);
  return EXIT.done;
});
