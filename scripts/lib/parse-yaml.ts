import { parse } from 'yaml';

/**
 * What a file of a user's says.
 *
 * @param name what the file is called in errors
 * @throws SyntaxError naming the file, in one line
 */
export function parseYaml(text: string, name: string): unknown {
  try {
    return parse(text, { schema: 'core' });
  } catch (error) {
    throw new SyntaxError(`Cannot read ${name}: ${(error as Error).message.split('\n')[0]}`, { cause: error });
  }
}
