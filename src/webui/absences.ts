/** Who was here a moment ago and is not any more: what has gone must be seen, and not only no longer be seen. */

/** Something that is gone, as it was when it was last seen (store's clock, Unix time in seconds). */
export type Gone<T> = T & { readonly lastSeen: number };

/** Tell it once a turn who is here, by name; gives who is gone, and forgets them after `keepSeconds`. */
export type Absences<T> = (now: number, present: ReadonlyMap<string, Gone<T>>) => readonly Gone<T>[];

export function createAbsences<T>(keepSeconds: number): Absences<T> {
  const seen = new Map<string, Gone<T>>();
  return (now, present) => {
    for (const [name, one] of present) seen.set(name, one);
    // A store whose clock went back makes all of them come from the future.
    for (const [name, { lastSeen }] of seen) if (Math.abs(now - lastSeen) > keepSeconds) seen.delete(name);
    return [...seen].filter(([name]) => !present.has(name)).map(([, one]) => one);
  };
}
