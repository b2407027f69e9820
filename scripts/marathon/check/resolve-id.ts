/** The names of a path, from outside; what is empty does not count, as Marathon has it. */
export function segmentsOf(id: string): string[] {
  return id.split('/').filter((segment) => segment !== '');
}

/** The absolute path of an id: `.` and `..` are gone, and what is relative is below `base`. */
export function resolveId(id: string, base = '/'): string {
  const resolved: string[] = [];
  for (const segment of [...(id.startsWith('/') ? [] : segmentsOf(base)), ...segmentsOf(id)]) {
    if (segment === '..') resolved.pop();
    else if (segment !== '.') resolved.push(segment);
  }
  return `/${resolved.join('/')}`;
}

/** Of an absolute path; the root is its own. */
export function parentOf(id: string): string {
  return id.slice(0, Math.max(1, id.lastIndexOf('/')));
}

/** Whether an absolute path is another, or stands below it. */
export function isWithin(id: string, other: string): boolean {
  return id === other || id.startsWith(other === '/' ? '/' : `${other}/`);
}

const SEGMENT = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

export function isSegment(text: string): boolean {
  return SEGMENT.test(text);
}

/** The nearest that Marathon takes: `My_App` becomes `my-app`. */
export function toSegment(text: string): string {
  const labels = text.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-').split('.').map((label) =>
    label.replaceAll(/^-+|-+$/g, '')
  );
  return labels.filter((label) => label !== '').join('.') || 'app';
}

/** The same for a path, relative or not. */
export function toPath(id: string): string {
  const segments = segmentsOf(id).map((one) => one === '.' || one === '..' || isSegment(one) ? one : toSegment(one));
  return `${id.startsWith('/') ? '/' : ''}${segments.join('/')}`;
}

/** What a path may not end with: they are words of Marathon's own URLs (state/PathId.scala). */
export const RESERVED: ReadonlySet<string> = new Set(['restart', 'tasks', 'versions', '.', '..']);
