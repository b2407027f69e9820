/**
 * The one test that every Node can read. Bare `node --test` of an older one finds nothing but this file, and it hands
 * the whole run over; on a Node that runs TypeScript it only says what is missing when everything else fails.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handOverTests, isInstalled, runsTypeScript } from '../launch.mjs';

if (runsTypeScript()) {
  test('the packages of package-lock.json are installed', () => {
    assert.ok(isInstalled({ development: true }), 'The packages are not installed: run `npm test`, or `npm ci` first');
  });
} else {
  test(`Node ${process.versions.node} hands the tests over to a newer one`, () => handOverTests());
}
