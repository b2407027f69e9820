import type { Identity } from '../src/service/identity.ts';

/** An identity that stays the same wherever the tests run. */
export const testIdentity: Identity = {
  role: 'test',
  host: 'here',
  node: 'there',
  version: '1.2.3',
  revision: 'abc',
  colour: '#336699',
  runtime: 'node 0',
};
