/** What an app runs: `args` go to what the image starts, `cmd` is a line for a shell in its place. */
import type { Command, Service } from '../lib/compose-model/model.ts';
import type { MarathonApp, Parameter } from './api.ts';
import { type Report, tellers } from './report.ts';

export interface Started {
  readonly started: Pick<MarathonApp, 'cmd' | 'args'>;
  readonly parameters: readonly Parameter[];
}

/** `put` is done to every text: names of others in it become what they are here. */
export function commandOf(service: Service, put: (text: string) => string, report: Report): Started {
  const { choose } = tellers(report, service);
  const command = service.command && map(service.command, put);
  const entrypoint = service.entrypoint && map(service.entrypoint, put);
  if (entrypoint) {
    // Docker's option takes one word: the others go before those of the command, as in `docker run`.
    const [program = '', ...words] = wordsOf(entrypoint);
    const args = [...words, ...(command ? wordsOf(command) : [])];
    return { started: args.length > 0 ? { args } : {}, parameters: [{ key: 'entrypoint', value: program }] };
  }
  if (!command) return { started: {}, parameters: [] };
  if (command.kind === 'exec') {
    return { started: command.words.length > 0 ? { args: command.words } : {}, parameters: [] };
  }
  const line = command.line.trim();
  if (line === '') return { started: {}, parameters: [] };
  choose('command', 'a line runs under /bin/sh -c, in place of what the image starts: write it as a list to keep that');
  // A line of one character is refused (AppValidation.scala).
  return { started: { cmd: line.length === 1 ? `${line} ` : line }, parameters: [] };
}

function wordsOf(command: Command): readonly string[] {
  return command.kind === 'exec' ? command.words : ['/bin/sh', '-c', command.line];
}

function map(command: Command, put: (text: string) => string): Command {
  return command.kind === 'exec'
    ? { kind: 'exec', words: command.words.map(put) }
    : { kind: 'shell', line: put(command.line) };
}

/** All that a service says to its program besides the environment. */
export function textsOf({ command, entrypoint }: Service): readonly string[] {
  return [entrypoint, command].flatMap((one) => !one ? [] : one.kind === 'exec' ? one.words : [one.line]);
}
