import { UsageError } from './command-line.ts';

/** Never a flag of docker's. */
const IMAGE = /^[a-z0-9][\w./:@-]{0,254}$/i;

/** The value of a flag. @throws UsageError for what is no name of an image, with a tag or a digest or without */
export function parseImageName(text: string | undefined, example: string, flag = '--image'): string {
  if (text !== undefined && IMAGE.test(text)) return text;
  throw new UsageError(`${flag} must be an image such as ${example}; got ${JSON.stringify(text ?? '')}`);
}
