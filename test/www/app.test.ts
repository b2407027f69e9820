import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWwwApp, type WwwOptions } from '../../src/www/app.ts';
import { readChapters } from '../../src/www/chapters.ts';
import { createBareClone } from '../../testkit/bare-clone.ts';
import { testIdentity } from '../../testkit/identity.ts';

const chapters = readChapters();
const pageFiles = new Map([['/www.css', { type: 'text/css; charset=utf-8', body: 'p {}' }]]);
const createApp = (options: Partial<WwwOptions> = {}) =>
  createWwwApp({ identity: testIdentity, chapters, pageFiles, ...options });
const app = createApp();

const madeUp = [
  { slug: '1-begin', number: 1, title: 'Begin & learn', minutes: 20, learns: 'what <code>sh</code> is' },
  { slug: '2-go-on', number: 2, title: 'Go on', minutes: 25, learns: 'more' },
].map((chapter) => ({ ...chapter, sections: [], html: `<p>text of ${chapter.title}</p>` }));

async function text(path: string, from = app): Promise<string> {
  return await (await from.request(path)).text();
}

test('GET / lists the chapters in their order, with minutes and what is learnt', async () => {
  const page = await text('/', createApp({ chapters: madeUp }));
  const entries = page.matchAll(/<a href="([^"]+)">([^<]+)<\/a><\/h2>\s+<small>([^<]+)<\/small>\s+<p>(.+)<\/p>/g);
  assert.deepEqual([...entries].map(([, ...entry]) => entry), [
    ['/chapters/1-begin', 'Begin &amp; learn', '20 minutes', 'what <code>sh</code> is'],
    ['/chapters/2-go-on', 'Go on', '25 minutes', 'more'],
  ]);
  assert.match(page, /2 chapters, 45 minutes/);
});

test('each chapter is a page, and leads to those before and after it', async () => {
  const [first, second] = await Promise.all(
    madeUp.map(({ slug }) => text(`/chapters/${slug}`, createApp({ chapters: madeUp }))),
  );
  assert.match(first!, /<title>1\. Begin &amp; learn · coinroom<\/title>/);
  assert.match(first!, /<p>text of Begin & learn<\/p>/);
  assert.match(first!, /<a rel="next" href="\/chapters\/2-go-on">/);
  assert.match(second!, /<a rel="prev" href="\/chapters\/1-begin">/);
  assert.deepEqual([/rel="prev"/.test(first!), /rel="next"/.test(second!)], [false, false]);
});

test('every link of every page leads to a page, and every anchor to a place on it', async () => {
  const pages = ['/', ...chapters.map(({ slug }) => `/chapters/${slug}`)];
  const broken: string[] = [];
  let links = 0;
  for (const path of pages) {
    const page = await text(path);
    const ids = [...page.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, `${path} has an id twice`);
    for (const [, target] of page.matchAll(/<a [^>]*href="([^"]*)"/g)) {
      const { origin, pathname, hash } = new URL(target!, `http://here${path}`);
      if (origin !== 'http://here') continue;
      links++;
      const response = await app.request(pathname);
      const isThere = response.status === 200 &&
        (hash === '' || (await response.text()).includes(`id="${decodeURIComponent(hash.slice(1))}"`));
      if (!isThere) broken.push(`${path} -> ${target}`);
    }
  }
  assert.deepEqual(broken, []);
  assert.ok(links > 10 * chapters.length, `${links} links`);
});

test('no mark of a command is left on any page, and every command has its button', async () => {
  for (const { slug } of chapters) {
    const page = await text(`/chapters/${slug}`);
    assert.doesNotMatch(page, /```|expect=|within=\d|retry=\d/, slug);
    assert.equal(page.match(/<div class="command">/g)!.length, page.match(/class="copy"/g)!.length, slug);
  }
});

test('every page, the one of a wrong address too, keeps browsers from taking anything from elsewhere', async () => {
  for (
    const [path, status] of [['/', 200], ['/chapters/2-one-machine', 200], ['/www.css', 200], [
      '/chapters/9',
      404,
    ]] as const
  ) {
    const { status: got, headers } = await app.request(path);
    assert.equal(got, status, path);
    assert.match(headers.get('content-security-policy')!, /^default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
  assert.match(await text('/chapters/9'), /<h1>There is no such page<\/h1>/);
});

test('without a repository nothing is said of it, and nothing can be cloned', async () => {
  for (const from of [app, createApp({ repository: '/nowhere' })]) {
    assert.doesNotMatch(await text('/', from), /git clone/);
    assert.equal((await from.request('/coinroom.git/info/refs')).status, 404);
    assert.equal((await from.request('/coinroom.git/HEAD')).status, 404);
  }
});

test('the command that clones has the address under which the page was asked for', async (t) => {
  const { folder } = await createBareClone(t);
  const command = async (url: string, token = ''): Promise<string | undefined> => {
    const headers = { Authorization: `Bearer ${token}` };
    const page = await (await createApp({ repository: folder, token }).request(url, { headers })).text();
    return /<code>(git clone[^<]*)<\/code>/.exec(page)?.[1];
  };
  assert.equal(await command('http://10.0.0.7:8004/'), 'git clone http://10.0.0.7:8004/coinroom.git');
  assert.equal(await command('http://[fd00::7]:8004/'), 'git clone http://[fd00::7]:8004/coinroom.git');
  assert.equal(await command('http://room.example.org/'), 'git clone http://room.example.org/coinroom.git');
  assert.equal(await command('http://10.0.0.7:8004/', 'secret'), 'git clone http://class@10.0.0.7:8004/coinroom.git');
  assert.equal(await command('http://a;$(id)/'), undefined);
});

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const token = 'geheim:ü 1';
const spared = ['/healthz', '/readyz', '/version', '/metrics'];
const closed = ['/', '/chapters/1-the-application', '/www.css', '/coinroom.git/HEAD', '/nothing/here'];

test('with a token all but the probes ask for it', async () => {
  const guarded = createApp({ token });
  for (const path of spared) assert.equal((await guarded.request(path)).status, 200, path);
  for (const path of closed) {
    for (const method of ['GET', 'HEAD']) {
      const response = await guarded.request(path, { method });
      assert.equal(response.status, 401, path);
      assert.equal(response.headers.get('www-authenticate'), 'Basic realm="coinroom", charset="UTF-8"');
    }
  }
  const message = 'Not allowed: send the WWW_TOKEN as a password, with any user name, or as a bearer token\n';
  assert.equal(await text('/', guarded), message);
});

test('the token is taken as a password of any user, and as a bearer token; nothing else is', async () => {
  const guarded = createApp({ token });
  const right = [
    basic('class', token),
    basic('', token),
    basic('ü', token),
    basic('c', token).replace('Basic', 'basic'),
  ];
  const wrong = [
    ...[basic('class', ''), basic('class', 'geheim'), basic('class', `${token} `), basic(token, ''), basic(token, 'x')],
    ...['Basic', 'Basic ', 'Basic !', `Basic ${Buffer.from(token).toString('base64url')}`, 'Bearer', 'Bearer x'],
    ...['', 'Digest geheim', `Bearer ${encodeURIComponent(token)}`],
  ];
  const statusOf = async (Authorization: string, from = guarded): Promise<number> =>
    (await from.request('/', { headers: { Authorization } })).status;
  for (const header of right) assert.equal(await statusOf(header), 200, header);
  for (const header of wrong) assert.equal(await statusOf(header), 401, header);
  const plain = createApp({ token: 'abc' });
  assert.deepEqual([await statusOf('Bearer abc', plain), await statusOf('Bearer ab', plain)], [200, 401]);
});

test('a browser that has a chapter is told so', async () => {
  const first = await app.request('/chapters/1-the-application');
  const again = await app.request('/chapters/1-the-application', {
    headers: { 'If-None-Match': first.headers.get('etag')! },
  });
  assert.equal(again.status, 304);
});
