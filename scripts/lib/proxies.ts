/** What ambassadors.mjs has put between the containers of a project: it goes with them, whoever takes them away. */
import { type Container, listContainers } from './containers.ts';
import type { Engine } from './engine.ts';
import { inParallel } from './in-parallel.ts';
import { isOwn, OWN_LABELS } from './own-containers.ts';
import { output } from './process.ts';
import { removeContainer } from './remove-container.ts';

const AT_ONCE = 8;

/** The volume that they share. Nothing in it is worth keeping. */
export function proxyVolume(project: string): string {
  return `${project}_ambassadors`;
}

/** Gives those that were removed. @throws Error naming all that could not be */
export async function removeProxies(project: string, engine?: Engine): Promise<Container[]> {
  const label = `${OWN_LABELS.project}=${project}`;
  const own = await listContainers({ label }, engine);
  const proxies = own.filter((container) => isOwn('ambassador', container) || isOwn('balancer', container));
  const options = { volumes: true, ...(engine ? { engine } : {}) };
  const results = await inParallel(proxies, AT_ONCE, (container) => removeContainer(container, options));
  const errors = results.flatMap((one) => one.status === 'rejected' ? [(one.reason as Error).message] : []);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  const env = engine?.env ?? {};
  const volumes = await output(['docker', 'volume', 'ls', '--quiet', '--filter', `label=${label}`], { env });
  if (volumes.split('\n').includes(proxyVolume(project))) {
    await output(['docker', 'volume', 'rm', proxyVolume(project)], { env });
  }
  return proxies;
}
