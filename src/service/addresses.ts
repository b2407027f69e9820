/** Where each role listens when it is not told otherwise. */
export const DEFAULT_PORTS = { all: 8000, webui: 8000, rng: 8001, hasher: 8002, worker: 8003 } as const;
