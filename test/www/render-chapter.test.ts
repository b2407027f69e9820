import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderChapter } from '../../src/www/render-chapter.ts';

function html(text: string): string {
  return renderChapter(`# A chapter (10 minutes)\n\n${text}\n`).html;
}

test('the title gives name and minutes, and each part its id as on GitHub', () => {
  const { title, minutes, sections } = renderChapter(
    '# One machine (85 minutes)\n\n## Get `ready` (5 minutes)\n\n### Not one\n\n## Who is rng?\n\n## Who is rng?\n',
  );
  assert.deepEqual([title, minutes], ['One machine', 85]);
  assert.deepEqual(sections, [
    { id: 'get-ready-5-minutes', title: 'Get ready', minutes: 5 },
    { id: 'who-is-rng', title: 'Who is rng?', minutes: undefined },
    { id: 'who-is-rng-1', title: 'Who is rng?', minutes: undefined },
  ]);
});

test('a heading shows its minutes as a side note', () => {
  assert.equal(
    html('## Get ready (5 minutes)'),
    '<h2 id="get-ready-5-minutes">Get ready <small>5 minutes</small></h2>\n',
  );
});

test('a chapter without title and minutes is refused', () => {
  assert.throws(
    () => renderChapter('# The application\n'),
    new SyntaxError('a chapter must begin with "# Title (N minutes)"; got "# The application\\n"'),
  );
});

test('of a command the reader sees where it is typed, and no mark', () => {
  const fence = '```sh node1 node2 exit=3 expect="/^node9 (ok|bad)$/m" within=30s\nhostname\nid -nG\n```';
  assert.equal(
    html(fence),
    `<div class="command">
  <div class="bar"><span class="place">node1</span><span class="place">node2</span><button type="button" class="copy">Copy</button></div>
<pre><code>hostname
id -nG</code></pre>
</div>
`,
  );
  assert.match(html('```sh expect="/x/"\ntrue\n```'), /<span class="place">node1<\/span>/);
});

test('what a command prints has no button', () => {
  assert.equal(html('```text\nok\n```'), '<pre class="output" tabindex="0"><code>ok</code></pre>\n');
});

test('code is text, whatever stands in it', () => {
  const nasty = '<script>alert("1")</script> && echo \'</code></pre>\' &amp; ${x} `y`';
  const escaped =
    '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp;&amp; echo &#39;&lt;/code&gt;&lt;/pre&gt;&#39; ' +
    '&amp;amp; ${x} `y`';
  for (const kind of ['sh', 'sh node1', 'text', '']) {
    assert.ok(html(`\`\`\`${kind}\n${nasty}\n\`\`\``).includes(`<code>${escaped}</code>`), kind);
  }
  assert.equal(html('a `<b>` c'), '<p>a <code>&lt;b&gt;</code> c</p>\n');
});

test('an answer stays hidden, and what it says is rendered', () => {
  assert.match(
    html('<details><summary>Answer</summary>\n\nA *worker* waits.\n\n</details>'),
    /^<details><summary>Answer<\/summary><p>A <em>worker<\/em> waits.<\/p>\n<\/details>/,
  );
});

test('links lead to pages, to places on them, and elsewhere; the others name a file of the repository', () => {
  const links = {
    '[two](2-one-machine.md)': '<a href="/chapters/2-one-machine">two</a>',
    '[a *step*](./2-one-machine.md#fix-it)': '<a href="/chapters/2-one-machine#fix-it">a <em>step</em></a>',
    '[all](README.md)': '<a href="/">all</a>',
    '[here](#get-ready)': '<a href="#get-ready">here</a>',
    '<http://localhost:8000>': '<a href="http://localhost:8000">http://localhost:8000</a>',
    '[why](../docs/decisions/0001-exact-pace.md)': 'why (<code>docs/decisions/0001-exact-pace.md</code>)',
    '[a text](texts/a%20b.txt)': 'a text (<code>workshop/texts/a b.txt</code>)',
    '[odd](javascript:alert%281%29)': 'odd (<code>workshop/javascript:alert(1)</code>)',
  };
  for (const [markdown, expected] of Object.entries(links)) assert.equal(html(markdown), `<p>${expected}</p>\n`);
});
