/**
 * Runs an action for each of these, at most `atOnce` at a time, to the end of all: one that fails stops no other.
 * Results are in the order of the items.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  action: (item: T) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = [];
  const rest = items.entries();
  const lane = async (): Promise<void> => {
    for (const [at, item] of rest) [results[at]] = await Promise.allSettled([action(item)]);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return results;
}
