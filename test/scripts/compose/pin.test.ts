import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { pinImages, type PinnedImage } from '../../../scripts/compose/pin.ts';
import { ROOT } from '../../../testkit/machine.ts';

const pinned = (...services: string[]): Map<string, PinnedImage> =>
  new Map(services.map((name) => [name, { reference: `r:5000/${name}@sha256:abc`, note: '2' }]));

test('an image takes the place of the build, and nothing else changes', () => {
  const text = `# The vote
services:
  vote:   # what people see
    build:
      context: ./vote
      args: [A=1] # why
    # its ports
    ports: ["5000:80"]
  db:
    image: 'postgres:15'
`;
  assert.equal(
    pinImages(text, pinned('vote'), 'f.yml'),
    `# The vote
services:
  vote:   # what people see
    image: r:5000/vote@sha256:abc # 2
    # its ports
    ports: ["5000:80"]
  db:
    image: 'postgres:15'
`,
  );
});

test('the image that stands there is replaced where it stands, and the build is taken out', () => {
  const text = 'services:\n  a:\n    image: "a:1"   # mine\n    build: .\n    command: x\n';
  assert.equal(
    pinImages(text, pinned('a'), 'f.yml'),
    'services:\n  a:\n    image: r:5000/a@sha256:abc   # mine\n    command: x\n',
  );
});

test('what stands in braces stays in braces', () => {
  const text = `services:
  a: { build: ./a, ports: ['1:1'] }
  b: {image: b, build: ., command: x}
  c: {command: x, image: c, build: .}
  d: { build: . }
`;
  assert.equal(
    pinImages(text, pinned('a', 'b', 'c', 'd'), 'f.yml'),
    `services:
  a: { image: r:5000/a@sha256:abc, ports: ['1:1'] }
  b: {image: r:5000/b@sha256:abc, command: x}
  c: {command: x, image: r:5000/c@sha256:abc}
  d: { image: r:5000/d@sha256:abc }
`,
  );
});

test('what services share is changed once if it is right for all of them', () => {
  const text = `x-build: &build
  context: .

x-role: &role
  image: mine:1
  build: *build
  init: true

services:
  a: { <<: *role, command: a }
  b:
    <<: *role
`;
  const one = new Map(['a', 'b'].map((name) => [name, { reference: 'r/mine@sha256:abc', note: '2' }]));
  assert.equal(
    pinImages(text, one, 'f.yml'),
    `x-role: &role
  image: r/mine@sha256:abc # 2
  init: true

services:
  a: { <<: *role, command: a }
  b:
    <<: *role
`,
  );
});

test('where what is shared would be wrong for one, each has its own', () => {
  const text = `x-role: &role
  build: .
  init: true
services:
  a: { <<: *role, command: a }
  b:
    # the second
    <<: *role
`;
  const result = pinImages(text, pinned('a', 'b'), 'f.yml');
  const { services } = parse(result, { merge: true });
  assert.deepEqual(services.a, { image: 'r:5000/a@sha256:abc', init: true, command: 'a' });
  assert.deepEqual(services.b, { image: 'r:5000/b@sha256:abc', init: true });
  assert.match(result, /# the second\n {4}image: .* # 2\n {4}<<: \*role\n/);
});

test('compose.yml means the same as before, but for its images', async () => {
  const text = await readFile(join(ROOT, 'compose.yml'), 'utf8');
  const names = ['rng', 'hasher', 'worker', 'webui'];
  const images = new Map([...names, 'redis'].map((name) => [name, { reference: `r/${name}@sha256:abc`, note: '2' }]));
  const result = pinImages(text, images, 'compose.yml');
  assert.doesNotMatch(result, /build:/);
  const [before, after] = [parse(text, { merge: true }), parse(result, { merge: true })];
  for (const name of Object.keys(before.services)) {
    const { build: _, ...others } = before.services[name];
    assert.deepEqual(after.services[name], { ...others, image: `r/${name}@sha256:abc` });
  }
  const comments = (yaml: string): string[] => yaml.match(/^ *#.*/gm)!;
  assert.deepEqual(comments(result), comments(text));
});

test('a service of another file is left to that file', () => {
  const text = 'services:\n  a: { environment: { PACE: full } }\n';
  assert.equal(pinImages(text, new Map(), 'f.yml'), text);
});

test('what cannot be pinned is refused with its line', () => {
  const refuse = (text: string, images: ReadonlyMap<string, PinnedImage>, message: string) =>
    assert.throws(() => pinImages(text, images, 'f.yml'), { name: 'SyntaxError', message });
  refuse('services:\n  a: { build: . }\n', new Map(), 'f.yml line 2: a has a build: and no image');
  refuse(
    'services:\n  a:\n    extends: { file: o.yml, service: b }\n',
    pinned('a'),
    'f.yml line 3: a extends another service: pin the file of that one',
  );
  refuse('a: 1\n', new Map(), 'f.yml has no services');
  assert.throws(() => pinImages('services:\n  a: [\n', new Map(), 'f.yml'), /^SyntaxError: f\.yml line 3: /);
});
