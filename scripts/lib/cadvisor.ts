/** cAdvisor, however it is started: a page with the curves of every container of an engine. */

/**
 * Since v0.54 it finds the containers of an engine that keeps its images in containerd, as new ones do; this is the
 * first after that which also speaks with engines from 19.03 on.
 */
const IMAGE = 'ghcr.io/google/cadvisor:v0.57.0';

/** Of its container, and of its service in a Swarm: one is enough for an engine. */
export const CADVISOR_NAME = 'coinroom-cadvisor';

/** In its container. */
export const CADVISOR_PORT = 8080;

/** The image that is named, that of the variable CADVISOR_IMAGE, or ours. */
export function cadvisorImage(named?: string, { CADVISOR_IMAGE } = process.env): string {
  return named ?? (CADVISOR_IMAGE || IMAGE);
}

export interface CadvisorFolder {
  /** On the engine's host. */
  readonly source: string;
  /** In its container, to read. */
  readonly target: string;
}

/**
 * What its documentation asks for. It wants --privileged only for what no lesson needs, such as events of the CPU.
 * `engineRoot` is where the engine keeps its files.
 */
export function cadvisorFolders(engineRoot: string): CadvisorFolder[] {
  const same = ['/var/run', '/sys', engineRoot, '/dev/disk'].map((folder) => ({ source: folder, target: folder }));
  return [{ source: '/', target: '/rootfs' }, ...same];
}
