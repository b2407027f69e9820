/**
 * All steps of a machine as one script: one ssh, however many there are. A line with a mark tells how each has ended, and
 * the first that fails ends the script.
 */
import { shWord } from '../sh-word.ts';
import type { FileStep } from './steps.ts';

export interface StepsInput {
  readonly steps: readonly FileStep[];
  readonly variables: Readonly<Record<string, string>>;
  /** Variables whose values are put into files, and which then hold their paths. */
  readonly files: Readonly<Record<string, string>>;
}

/** Of a line that tells how a step has ended. */
const MARK = '\x02step';

export type StepWord = 'already' | 'done' | 'failed';

/** For sh, as root. */
export function stepsScript({ steps, variables, files }: StepsInput): string {
  const parts = steps.map((step, at) => `
cat >"$work/${at}.check" <<'${END}'
${step.check}
${END}
cat >"$work/${at}.do" <<'${END}'
set -e
${step.do}
${END}
step ${at} ${shWord(step.name)} ${step.as} ${step.withinS}`);
  return `
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
chmod 711 "$work"
${Object.entries(variables).map(([name, value]) => `export ${name}=${shWord(value)}`).join('\n')}
export HOME_OF_LOGIN=$(eval echo "~$LOGIN")
${Object.entries(files).map(([name, text]) => fileScript(name, text)).join('\n')}
as() {
  if [ "$1" = root ] || [ "$LOGIN" = root ]; then shift; "$@"
  # In a folder that this user may see.
  else shift; HOME=$HOME_OF_LOGIN USER=$LOGIN runuser -u "$LOGIN" -- sh -c 'cd || cd /; exec "$@"' - "$@"; fi
}
step() {
  chmod 644 "$work/$1.check" "$work/$1.do"
  if as "$3" sh "$work/$1.check" >/dev/null 2>&1; then word=already
  else
    as "$3" timeout "$4" sh "$work/$1.do" </dev/null >"$work/said" 2>&1
    code=$?
    cat "$work/said"
    if [ $code = 124 ]; then why="took longer than $4 s"
    elif [ $code != 0 ]; then why="exit code $code: $(tail -n 1 "$work/said")"
    elif as "$3" sh "$work/$1.check" >/dev/null 2>&1; then why=
    else why="it was done, and its check still says no"; fi
    [ -z "$why" ] && word=done || word=failed
  fi
  printf '\\n\\002step %s %s\\n' $word "$2"
  [ $word != failed ] || { echo "$2: $why" >&2; exit 1; }
}
${parts.join('\n')}
exit 0
`;
}

const END = 'COINROOM_END_OF_STEP';

/** It may be a secret: it is in no list of processes, and in a file of its owner's alone. */
function fileScript(name: string, text: string): string {
  return `
(umask 077; cat >"$work/${name}" <<'${END}'
${text.trimEnd()}
${END}
)
chown "$LOGIN" "$work/${name}"
export ${name}=$work/${name}`;
}

/** How each step has ended, in their order. */
export function readStepWords(said: string): Map<string, StepWord> {
  const words = new Map<string, StepWord>();
  for (const line of said.split('\n')) {
    const [, word, name] = line.startsWith(MARK) ? /^.step (already|done|failed) (.*)$/s.exec(line) ?? [] : [];
    if (word !== undefined) words.set(name!, word as StepWord);
  }
  return words;
}
