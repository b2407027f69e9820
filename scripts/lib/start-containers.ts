import type { ComposeOptions, Project } from './compose-project.ts';
import { CommandError } from './process.ts';

/**
 * Runs Compose's `up --detach` with these arguments. A service with a range of ports gets the next free one of it: older
 * engines give up at the first that a program outside Docker has taken, and go on behind it when they are asked again.
 *
 * @throws CommandError when it does not end with 0, or names a port as taken for the second time: none is free
 */
export async function startContainers(
  project: Project,
  args: readonly string[],
  options: ComposeOptions,
): Promise<void> {
  const taken = new Set<string>();
  for (;;) {
    try {
      return void await project.compose(['up', '--detach', ...args], options);
    } catch (error) {
      const ports = error instanceof CommandError ? takenPorts(error.finished.stderr) : [];
      if (ports.every((port) => taken.has(port))) throw error;
      for (const port of ports) taken.add(port);
    }
  }
}

/** The first address of a line such as `listen tcp4 0.0.0.0:8011: bind: address already in use`. */
function takenPorts(said: string): string[] {
  const lines = said.split('\n').filter((line) => /address already in use|port is already allocated/.test(line));
  return lines.flatMap((line) => /[\d.\]]:(\d+)/.exec(line)?.[1] ?? []);
}
