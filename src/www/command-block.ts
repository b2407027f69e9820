// Not under its name: the formatter would lay out the text of pages too, white space in <pre> included.
import { html as markup } from 'hono/html';

/** A piece of a page; every text that is put into one is escaped. */
export type Markup = ReturnType<typeof markup>;

/** Commands with a button that copies them, and in few words the places where they are typed. */
export function commandBlock(commands: string, places: readonly string[]): Markup {
  const labels = places.map((place) => markup`<span class="place">${place}</span>`);
  // No white space around <code>: what is copied is its text, to the letter.
  return markup`<div class="command">
  <div class="bar">${labels}<button type="button" class="copy">Copy</button></div>
<pre><code>${commands}</code></pre>
</div>
`;
}
