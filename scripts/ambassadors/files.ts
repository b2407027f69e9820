/** Where a HAProxy keeps what is its own, in the folder that all HAProxies of a project share. */
import { createHash } from 'node:crypto';

/** Belongs to the user of HAProxy in the official images, and a new volume takes that over. */
export const ROOT = '/var/lib/haproxy';

/** Below a folder of its own; `$FOLDER` is that folder in HAProxy's environment. */
export const FILES = {
  /** What it starts with. */
  current: 'haproxy.cfg',
  /** The last that HAProxy itself found good. */
  good: 'good.cfg',
  /** What runs. */
  loaded: 'loaded.cfg',
  /** The runtime API. */
  api: 'api.sock',
  /** The statistics as a page. A port would be seen, and could be taken, by others in its network. */
  page: 'page.sock',
  /** What has all processes of it reloaded. */
  master: 'master.sock',
} as const;

/** Of one HAProxy. Short: the path of a socket has 107 bytes at most (unix(7)), and names may be long. */
export function folderOf(name: string): string {
  return `${ROOT}/${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
}
