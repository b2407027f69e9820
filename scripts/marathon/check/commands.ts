/** What is run. */
import type { App } from './context.ts';
import { isSaid, listOf, show, textOf, textsOf } from './read.ts';
import { type Fault, ofApps, type Rule } from './rule.ts';

export const commandRules: readonly Rule[] = [
  {
    name: 'cmd-or-args',
    number: 5,
    description: 'An app has a cmd, or args, or a container alone: not both, and not none',
    check: ofApps(({ fields, at, container }): Fault[] => {
      const hasCmd = isSaid(fields.cmd);
      const hasArgs = listOf(fields.args).length > 0;
      if (hasCmd && hasArgs) {
        const fix = 'leave out cmd, or args: cmd goes to a shell, args to the image’s entrypoint';
        return [{ at: [...at, 'args'], found: `${show(fields.args)}, beside a cmd`, fix }];
      }
      const isOtherKind = isSaid(fields.args) && !Array.isArray(fields.args);
      if (hasCmd || hasArgs || isOtherKind || isSaid(container.docker)) return [];
      return [{ at: [...at, 'cmd'], found: 'nothing', fix: 'a cmd, or args, or a container with an image' }];
    }),
  },
  {
    name: 'cmd-length',
    number: 5,
    description: 'A cmd has two characters or more',
    check: ofApps(({ fields, at }) => {
      const cmd = textOf(fields.cmd);
      if (cmd === undefined || cmd.length > 1) return [];
      const fix = cmd === '' ? 'leave it out, or write the command' : `"exec ${cmd}": Marathon refuses one character`;
      return [{ at: [...at, 'cmd'], found: show(cmd), fix }];
    }),
  },
  {
    name: 'cmd-form',
    number: 6,
    description: 'A cmd is a line for a shell, and args are words for the image’s entrypoint, which no shell sees',
    check: ofApps((app) => [...listAsLine(app), ...shellWords(app)]),
  },
];

/** A list of Compose's or of a Dockerfile's, taken over as a text. */
function listAsLine({ fields, at }: App): Fault[] {
  const cmd = textOf(fields.cmd);
  if (cmd === undefined || !/^\s*\[\s*"/.test(cmd)) return [];
  return [{ at: [...at, 'cmd'], found: show(cmd), fix: '"args", with this as a list: as a cmd a shell would run [' }];
}

/** Words that only a shell understands, given to none. */
function shellWords({ fields, at }: App): Fault[] {
  const words = textsOf(fields.args, [...at, 'args']);
  if (words.some(({ text }) => /(^|\/)(ba|da|z|k)?sh$/.test(text))) return [];
  return words.filter(({ text }) => ['&&', '||', '|', '>>', '2>&1'].includes(text)).map((word) => ({
    ...{ at: word.at, found: show(word.text) },
    fix: 'a cmd, as one line: args go to the program as they are',
  }));
}
