/** What somebody writes onto the time line: `POST /annotations`. */

/** Longer ones would cover the line. */
const MOST_CHARACTERS = 80;

/**
 * Checks what a client sent, and gives its text.
 *
 * @throws RangeError naming the rule; TypeError when it is no object with a text
 */
export function parseAnnotation(body: unknown): string {
  const text = typeof body === 'object' && body !== null && 'text' in body ? body.text : undefined;
  if (typeof text !== 'string') {
    throw new TypeError('Cannot annotate: the body must be JSON such as {"text": "rng x 2"}');
  }
  const line = text.trim();
  // deno-lint-ignore no-control-regex -- what a terminal or a page would not show as it stands
  if (line.length >= 1 && line.length <= MOST_CHARACTERS && !/[\u0000-\u001f\u007f]/.test(line)) return line;
  throw new RangeError(
    `Cannot annotate: text must be one line of 1 to ${MOST_CHARACTERS} characters; got ${
      JSON.stringify(text).slice(0, 100)
    }`,
  );
}
