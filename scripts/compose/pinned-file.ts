/** The file that push writes beside a Compose file: the same application, with images by digest and nothing to build. */
import { basename, dirname, extname, join } from 'node:path';

const FIRST_WORDS = '# Made by compose.mjs push';

/** `compose.yml` of version 2 -> `compose.2.yml` */
export function pinnedPath(file: string, version: string): string {
  const extension = extname(file);
  return join(dirname(file), `${basename(file, extension)}.${version}${extension}`);
}

/** What stands above the pinned text. */
export function pinnedHead(file: string, version: string): string {
  return `${FIRST_WORDS} from ${basename(file)}, version ${version}. It is made anew at each push.\n`;
}

export function isPinnedFile(text: string): boolean {
  return text.startsWith(FIRST_WORDS);
}
