/** Which image the helpers of an engine have: one of ours, since it has Node and is there. */
import { UsageError } from '../lib/command-line.ts';
import { listContainers } from '../lib/containers.ts';
import type { Engine } from '../lib/engine.ts';
import { output } from '../lib/process.ts';

/** What every image of ours says of itself. */
const OURS = { label: 'org.opencontainers.image.title', value: 'coinroom' } as const;

/** @throws UsageError where there is none */
export async function helperImage(engine: Engine, named: string | undefined): Promise<string> {
  const given = named ?? (process.env.CHAOS_IMAGE || undefined);
  if (given !== undefined) return given;
  const label = `${OURS.label}=${OURS.value}`;
  const [running] = await listContainers({ label, stopped: false }, engine);
  if (running) return running.imageId;
  const list = ['docker', 'images', '--quiet', '--no-trunc', '--filter', `label=${label}`];
  const [image] = (await output(list, { env: engine.env })).split('\n');
  if (image) return image;
  throw new UsageError(
    `No image of ours is at ${engine.name}: say one that has Node, sh and nsenter with --image, or in CHAOS_IMAGE`,
  );
}
