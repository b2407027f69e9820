/** Engines as containers of others reach them. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { isIP } from 'node:net';
import { test } from 'node:test';
import { parseEngine, withNumber } from '../../../scripts/lib/engine.ts';

test('containers get the address of an engine as a number', async () => {
  const numbered = await withNumber(parseEngine(`tcp://${hostname()}:2376`));
  assert.ok(numbered.address === undefined || isIP(numbered.address) !== 0);
  assert.equal(numbered.env.DOCKER_HOST, `tcp://${hostname()}:2376`);
  const own = parseEngine('tcp://10.0.0.1:2376');
  assert.equal(await withNumber(own), own);
  assert.equal((await withNumber(parseEngine('tcp://localhost:2376'))).address, undefined);
  await assert.rejects(
    withNumber(parseEngine('tcp://nobody.invalid:2376')),
    /^Error: Cannot find the address of nobody\.invalid: /,
  );
});
