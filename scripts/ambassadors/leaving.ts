/**
 * Containers that have been told to end and still run: they get no more requests, though they could answer some. One
 * that goes on all the same is taken back.
 */
export interface Leaving {
  readonly add: (id: string) => void;
  readonly delete: (id: string) => void;
  readonly ids: () => ReadonlySet<string>;
  readonly close: () => void;
}

/** Longer than what Docker and our compose.yml give a container to end. */
const TAKE_BACK_MS = 20_000;

/** `onTakenBack` is called after one has been taken back. */
export function createLeaving(onTakenBack: () => void): Leaving {
  const timers = new Map<string, NodeJS.Timeout>();
  const forget = (id: string): void => {
    clearTimeout(timers.get(id));
    timers.delete(id);
  };
  return {
    add: (id) => {
      forget(id);
      timers.set(id, setTimeout(() => (forget(id), onTakenBack()), TAKE_BACK_MS));
    },
    delete: forget,
    ids: () => new Set(timers.keys()),
    close: () => {
      for (const id of timers.keys()) forget(id);
    },
  };
}
