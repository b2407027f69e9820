/** A text as one word for any POSIX shell. zx's quote() writes `$'…'`, which dash and busybox do not know. */
export function shWord(text: string): string {
  return /^[\w/.:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
