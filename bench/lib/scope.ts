import type { Scope } from '../../testkit/machine.ts';

/** What a test's context is to a test: everything started in it ends with it, the last first. */
export function createScope(): Scope & { close: () => Promise<void> } {
  const actions: (() => unknown)[] = [];
  return {
    after: (action) => void actions.push(action),
    close: async () => {
      for (const action of actions.splice(0).reverse()) await action();
    },
  };
}
