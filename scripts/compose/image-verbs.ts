/** The way of images: build, tag, push, pull. */
import { EXIT, print, verb } from '../lib/command-line.ts';
import type { Project } from '../lib/compose-project.ts';
import { readHosts } from '../lib/hosts.ts';
import { createProgress } from '../lib/progress.ts';
import { formatTable } from '../lib/table.ts';
import { relative } from 'node:path';
import { buildImages } from './build.ts';
import { common, dryRun, given, openNamed, registry } from './flags.ts';
import { builtImages } from './images.ts';
import { pushImages, tagImages, type Target, targetsOf, writePinned } from './publish.ts';
import { imagesToPull, pullImages } from './pull.ts';
import { exitCodeOf, pullOnHosts } from './pull-on-hosts.ts';

export const build = verb({ ...common, ...dryRun }, async ({ values, positionals, signal }) => {
  const project = await openNamed(values, signal);
  const images = builtImages(project, positionals);
  if (values['dry-run']) {
    print(values, images, formatTable(['image', 'services'], images.map((one) => [one.name, one.services.join(', ')])));
    return EXIT.done;
  }
  const built = await buildImages(project, images, createProgress());
  const rows = built.map(({ name, services, sizeBytes, seconds, revision }) => [
    name,
    services.join(', '),
    `${(sizeBytes / 1e6).toFixed(0)} MB`,
    `${seconds.toFixed(1)} s`,
    revision?.replace(/^(.{7})[0-9a-f]+/, '$1') ?? 'unknown',
  ]);
  print(values, built, formatTable(['image', 'services', 'size', 'time', 'built from'], rows));
  return EXIT.done;
});

async function targets(
  project: Project,
  { registry, version }: { readonly registry?: string | undefined; readonly version?: string | undefined },
): Promise<Target[]> {
  const options = { registry: given(registry, 'REGISTRY'), version: given(version, 'VERSION') };
  return await targetsOf(project, builtImages(project), options);
}

export const tag = verb({ ...common, ...registry, ...dryRun }, async ({ values, signal }) => {
  const list = await targets(await openNamed(values, signal), values);
  if (!values['dry-run']) await tagImages(list, createProgress());
  print(values, list, formatTable(['image', 'tagged'], list.map(({ name, target }) => [name, target])));
  return EXIT.done;
});

export const push = verb({ ...common, ...registry, ...dryRun }, async ({ values, signal }) => {
  const project = await openNamed(values, signal);
  const list = await targets(project, values);
  if (values['dry-run']) {
    print(values, list, list.map(({ target }) => `docker push ${target}`).join('\n'));
    return EXIT.done;
  }
  const progress = createProgress();
  const pushed = await pushImages(list, progress, signal);
  const written = (await writePinned(project, pushed, progress)).map((path) => relative('.', path));
  print(values, { pushed, written }, `Written: ${written.join(', ')}`);
  return EXIT.done;
});

export const pull = verb({
  ...common,
  ...dryRun,
  hosts: { type: 'string' },
  login: { type: 'string' },
  'ssh-config': { type: 'string' },
  'at-once': { type: 'string', default: '10' },
}, async ({ values, signal }) => {
  const images = imagesToPull(await openNamed(values, signal));
  const hosts = values.hosts === undefined ? undefined : await readHosts(values.hosts);
  const progress = createProgress();
  if (values['dry-run']) {
    const places = hosts?.map(({ address }) => `${address}: `) ?? [''];
    print(values, images, places.flatMap((place) => images.map((one) => `${place}docker pull ${one}`)).join('\n'));
    return EXIT.done;
  }
  if (hosts === undefined) {
    await pullImages(images, progress, signal);
    print(values, images, `${images.length} images are here`);
    return EXIT.done;
  }
  const results = await pullOnHosts(images, hosts, {
    login: values.login,
    configFile: values['ssh-config'],
    atOnce: values['at-once'],
    signal,
    progress,
  });
  print(values, results, formatTable(['host', 'result', ''], results.map((one) => [one.host, one.result, one.detail])));
  return exitCodeOf(results);
});
