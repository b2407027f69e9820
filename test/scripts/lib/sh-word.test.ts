import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shWord } from '../../../scripts/lib/sh-word.ts';
import { output } from '../../../testkit/docker.ts';

test('a text is one word for sh, whatever is in it', async () => {
  for (const text of ['plain', '', "it's", 'two\nlines', '$HOME `id` \\ "x" *', '-n', 'é\t!', "'"]) {
    assert.equal(await output(['sh', '-c', `printf %s. ${shWord(text)}`]), `${text}.`);
  }
});
