import { html } from 'hono/html';

/** A piece of HTML. What is put into it is escaped, unless it is such a piece itself. */
export type Markup = ReturnType<typeof html>;

/** Under another name: `deno fmt` knows the tag `html`, and puts blanks where they would be seen. */
export const markup = html;
