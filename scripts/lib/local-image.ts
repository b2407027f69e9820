import type { Container } from './containers.ts';
import type { Engine } from './engine.ts';
import { run } from './process.ts';

export interface LocalImage {
  readonly id: string;
  readonly sizeBytes: number;
  readonly labels: Readonly<Record<string, string>>;
  /** The ports that it says it has, such as `80/tcp`. */
  readonly exposed: readonly string[];
  /** `repository@sha256:…` of the registries that it was pulled from or pushed to. */
  readonly digests: readonly string[];
}

/** What an engine has under a name; undefined when that is nothing. */
export async function localImage(name: string, engine?: Engine): Promise<LocalImage | undefined> {
  const { code, stdout } = await run(['docker', 'image', 'inspect', name], { env: engine?.env ?? {} });
  if (code !== 0) return undefined;
  const [{ Id, Size, Config, RepoDigests }] = JSON.parse(stdout);
  const exposed = Object.keys(Config?.ExposedPorts ?? {});
  return { id: Id, sizeBytes: Size, labels: Config?.Labels ?? {}, exposed, digests: RepoDigests ?? [] };
}

/** What this container's image is called; its id, if the name has become another's. */
export async function nameOf({ image, imageId }: Container, engine?: Engine): Promise<string> {
  return (await localImage(image, engine))?.id === imageId ? image : imageId;
}
