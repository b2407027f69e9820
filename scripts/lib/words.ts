/** Of whatever may be done twice, the second time. */
export const UNCHANGED = 'Nothing was changed';

/** `a, b and c`; empty for none. */
export function listInWords(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** `1 container`, `3 containers`; or with a plural of its own: `2 addresses`. */
export function countInWords(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
