/** A balancer in front of a service, and the page that shows what all of them do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertEven,
  callingFile,
  countAnswers,
  startWatch,
  startWithAmbassadors,
  statusOf,
} from '../../../testkit/ambassadors.ts';
import { unlessDocker } from '../../../testkit/docker.ts';
import { eventually } from '../../../testkit/eventually.ts';
import type { LoadOptions } from '../../../testkit/load.ts';
import { writeProject } from '../../../testkit/other-project.ts';
import { ourImage } from '../../../testkit/our-image.ts';
import { startProgram } from '../../../testkit/program.ts';

const skip = unlessDocker;
const image = ourImage(skip);
const FILE = callingFile(image);

test(
  'a balancer: 30/0/0 for connections that are kept, 10/10/10 for requests',
  { skip, timeout: 180_000 },
  async (t) => {
    const project = await writeProject(t, FILE);
    await project.compose('up', '--detach', '--scale', 'api=3');
    const [caller] = await project.containers('caller');
    const balance = async (...args: string[]): Promise<string> => {
      const { code, output: said } = await project.script('ambassadors', 'balance', 'api', ...args);
      assert.equal(code, 0, said);
      return said;
    };
    const ask = (options: Partial<LoadOptions>): Promise<number[]> =>
      countAnswers(t, caller!, { url: 'http://api-balancer/16', ...options });
    assert.match(await balance('--mode', 'tcp'), /^api is balanced at tcp:\/\/api-balancer:80$/m);
    assert.equal((await ask({ keepAlive: true, connections: 1 })).length, 1, 'all to one');
    assertEven(await ask({ keepAlive: false }), 3);
    await balance();
    assertEven(await ask({ keepAlive: true, connections: 1 }), 3);
    assert.match(await balance(), /Nothing to do/);

    // It is followed as ambassadors are, though nobody here has a link.
    await startWatch(t, project);
    await project.compose('up', '--detach', '--no-recreate', '--scale', 'api=4');
    await eventually(
      async () => (await statusOf(project)).some(({ consumer, up }) => consumer === '(all)' && up === 4),
      {
        what: 'the fourth to be in the balance',
        withinMs: 20_000,
      },
    );
  },
);

test(
  "the page shows how often each instance was asked, and HAProxy's own page",
  { skip, timeout: 120_000 },
  async (t) => {
    const project = await startWithAmbassadors(t, FILE, { api: 2 });
    const [caller] = await project.containers('caller');
    await countAnswers(t, caller!);
    const page = startProgram(t, project.command('ambassadors', 'page', '--port', '0'), { cwd: project.folder });
    const [url] = /http:\S+\//.exec(await page.line(/shows the ambassadors/))!;
    const text = await (await fetch(url!)).text();
    assert.match(text, new RegExp(`<title>Ambassadors of ${project.name}</title>[^]*<h2>api</h2>[^]*${caller}`));
    const counts = [...text.matchAll(/<span class="count">(\d+)</g)].map(([, count]) => Number(count));
    assertEven(counts, 2);
    const own = await (await fetch(`${url}haproxy/${caller}-to-api/`)).text();
    assert.match(own, /^<!DOCTYPE HTML[^]*<\/html>\s*$/);
    assert.match(own, /^<!DOCTYPE HTML[^]*<\/html>\s*$/);
    assert.match(own, /Statistics Report for HAProxy[^]*api_2/);
    assert.doesNotMatch(own, /href="\//, 'its links stay below');
    assert.equal((await fetch(`${url}haproxy/nobody/`)).status, 404);
    assert.equal((await fetch(`${url}haproxy/${caller}-to-api/$(reboot)`)).status, 500);
    assert.equal((await page.stop('SIGINT')).code, 0);
  },
);
