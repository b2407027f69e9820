/** What scripts know of the program's roles. Of everybody else's program nothing is known but what a file says. */
export { DEFAULT_PORTS } from '../../src/service/addresses.ts';

/** Whoever does not answer this has to be started again; the other only says whether requests should go elsewhere. */
export const ALIVE = '/healthz';
export const READY = '/readyz';
