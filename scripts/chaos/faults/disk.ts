/**
 * A file system that is full. The file that fills it has no name any more once it is full, and is held open by a process
 * of the guard's: however that ends, and whatever has become of the victim, the space is free again.
 */
import { shWord } from '../../lib/sh-word.ts';
import type { Fault } from './fault.ts';

/** So much is left, bytes. */
const LEFT = 2 ** 20;

/** With more than that free, somebody has made room, bytes. */
const NOT_FULL = 4 * LEFT;

/** How long filling may take, s; a moment where the file system can set space aside. */
const WITHIN_S = 120;

/** With the folder of the guard, the file, and how long it is to be. */
const FILL = `exec 3<>"$2"
rm -f "$2"
fallocate -l "$3" /proc/self/fd/3 || head -c "$3" /dev/zero >&3
: >"$1/filled"
while :; do sleep 3600; done`;

export const disk: Fault = {
  name: 'disk',
  about: 'the file system of a folder is full (--disk-path /tmp), unless it has more free than --disk-most',
  on: ['container', 'machine'],
  victims: 'one',
  takesAway: false,
  needs: [['node', 'processes']],
  scripts: ({ victim: { handle }, settings: { diskPath, diskMostBytes } }) => {
    const victim = shWord(handle);
    const path = shWord(diskPath);
    return {
      apply: `case ${path} in /*) ;; *) echo ${path}" does not begin with /" >&2; exit 1 ;; esac
root=$(root_of ${victim})
at=$root${path}
while [ "$at" != "$root" ]; do
  [ ! -L "$at" ] || { echo ${path}" has a symbolic link in it" >&2; exit 1; }
  at=\${at%/*}
done
folder=$root${path}
[ -d "$folder" ] || { echo "it has no folder "${path} >&2; exit 1; }
[ "$(stat -c %d "$folder")" != "$(stat -c %d "$dir")" ] || { echo ${path}" is where the guard lives" >&2; exit 1; }
set -- $(stat -f -c '%f %S' "$folder")
free=$(($1 * $2))
[ $free -le ${diskMostBytes} ] || {
  echo ${path}" has $((free >> 20)) MiB free, more than ${diskMostBytes / 2 ** 20} MiB (--disk-most)" >&2; exit 1
}
[ $free -gt ${LEFT} ] || { echo ${path}" is full already" >&2; exit 1; }
file=$folder/.coinroom-chaos-\${dir##*/}
(set -C; : >"$file")
echo "$file" >"$dir/file"
hold ${shWord(FILL)} "$file" "$((free - ${LEFT}))"
for try in $(seq ${WITHIN_S * 5}); do
  [ ! -e "$dir/filled" ] || exit 0
  [ -n "$(held)" ]
  sleep 0.2
done
echo "it takes too long to fill" >&2; exit 1`,
      revert: `let_go
[ ! -s "$dir/file" ] || rm -f "$(cat "$dir/file")"`,
      isOn: `[ -e "$dir/filled" ]
set -- $(stat -f -c '%f %S' "/proc/$(held)/fd/3")
[ $(($1 * $2)) -le ${NOT_FULL} ]`,
    };
  },
};
