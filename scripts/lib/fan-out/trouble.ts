/** Why ssh could not begin, by what it says: the words of OpenSSH, which have been the same for twenty years. */

export type Trouble =
  /** Nobody answers: the machine is away, or something drops what is sent. */
  | 'unreachable'
  /** The machine answers that nobody listens there. */
  | 'refused'
  /** It was reached, and nothing more came of it in time. */
  | 'hangs'
  /** It does not take this key or password. */
  | 'denied'
  /** It has another key than the one that was recorded. */
  | 'key changed'
  /** None was recorded yet. */
  | 'key unknown'
  /** Something else, such as a connection that was cut. */
  | 'cut';

/** Troubles that may be over in a moment. */
export function isWorthAnotherTry(trouble: Trouble): boolean {
  return trouble === 'unreachable' || trouble === 'refused' || trouble === 'cut';
}

const PATTERNS: readonly (readonly [pattern: RegExp, trouble: Trouble])[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed/, 'key changed'],
  [/Host key verification failed|No .* host key is known/, 'key unknown'],
  [/Permission denied|Too many authentication failures|no more authentication methods/i, 'denied'],
  [/Connection refused/, 'refused'],
  [/timed out during banner exchange/, 'hangs'],
  [
    /timed out|No route to host|Network is unreachable|Could not resolve hostname|Host is down|Name or service not known/,
    'unreachable',
  ],
];

/** `said` is all that ssh wrote on stderr; `code` its exit code. */
export function explainTrouble(
  said: string,
  code: number | null,
): { readonly trouble: Trouble; readonly detail: string } {
  const found = PATTERNS.find(([pattern]) => pattern.test(said));
  const lines = said.trim().split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const telling = found ? lines.findLast((line) => found[0].test(line)) : undefined;
  const trouble = found?.[1] ?? 'cut';
  const detail = telling ?? lines.at(-1) ?? `ssh ended with ${code} and does not say why`;
  return { trouble, detail: inOurWords(trouble, said) ?? detail.replace(/^ssh: /, '') };
}

/** Where ssh says it in a box of twelve lines. */
function inOurWords(trouble: Trouble, said: string): string | undefined {
  if (trouble === 'key unknown') return 'nobody has recorded its key yet';
  const shown = /\bSHA256:[A-Za-z0-9+/=]{43}/.exec(said)?.[0];
  return trouble === 'key changed' && shown ? `it shows the key ${shown}` : undefined;
}
