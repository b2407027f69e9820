/** What is run on a machine to let keys in, and to change its passwords. For sh; secrets travel on its standard input. */
import { shWord } from '../lib/sh-word.ts';

/** Adds what is missing, and takes nothing away. Prints how many it has added. */
const ADD_KEYS = `
add_keys() (
  umask 077
  file=$1/.ssh/authorized_keys
  mkdir -p "$1/.ssh" && touch "$file" || exit 1
  [ -z "$(tail -c 1 "$file")" ] || echo >>"$file"
  added=0
  while read -r type blob comment; do
    [ -n "$blob" ] || continue
    # At the beginning of a line, or behind options.
    sed 's/^/ /' "$file" | grep -qF -e " $type $blob" || { echo "$type $blob $comment" >>"$file" || exit 1; added=$((added + 1)); }
  done
  if command -v restorecon >/dev/null; then restorecon -R "$1/.ssh"; fi
  echo "added $added"
)
`;

/** Public keys, a line each, for the user of the session and for root. `password` is for a sudo that asks for one. */
export function copyKeysScript(keys: readonly string[], password: string | undefined): string {
  const add = `${ADD_KEYS}add_keys`;
  const list = keys.join('\n');
  return `
password=${shWord(password ?? '')}
keys=${shWord(list)}
${add} "$HOME" <<KEYS || exit 1
$keys
KEYS
echo "user=$(id -un)"
as_root=${shWord(`${add} ~root`)}
# The keys are the last lines of its input: what sudo reads of it is the password.
if [ "$(id -u)" = 0 ]; then exit 0
elif sudo -n true 2>/dev/null; then echo "$keys" | sudo -n sh -c "$as_root"
elif command -v sudo >/dev/null; then { echo "$password"; echo "$keys"; } | sudo -S -p '' sh -c "$as_root"
else echo "no sudo for $(id -un): root has no keys" >&2; exit 1
fi`;
}

/** Gives a user a password, if it has another one, and lets it log in with it. For root. */
export function setPasswordScript(user: string, password: string): string {
  return `
user=${shWord(user)} password=${shWord(password)}
old=$(sed -n "s/^$user:\\([^:]*\\):.*/\\1/p" /etc/shadow)
now=$(password=$password old=$old perl -e 'print crypt($ENV{password}, $ENV{old})' 2>/dev/null)
if [ -n "$old" ] && [ "$now" = "$old" ]; then echo same
else echo "$user:$password" | chpasswd && echo set || exit 1; fi
${loginByPassword('yes')}`;
}

/** Lets nobody log in with a password. For root. */
export const PASSWORDS_OFF = loginByPassword('no');

/** The first word on a setting counts for sshd, and this is the first file that it reads (sshd_config(5), Include). */
function loginByPassword(value: 'yes' | 'no'): string {
  return `
export PATH=$PATH:/usr/sbin:/sbin
if sshd -T 2>/dev/null | grep -qix 'passwordauthentication ${value}'; then echo same
else
  mkdir -p /etc/ssh/sshd_config.d
  printf 'PasswordAuthentication ${value}\\nKbdInteractiveAuthentication ${value}\\n' >/etc/ssh/sshd_config.d/00-coinroom.conf
  grep -qi '^ *Include .*sshd_config.d' /etc/ssh/sshd_config || sed -i '1i Include /etc/ssh/sshd_config.d/*.conf' /etc/ssh/sshd_config
  sshd -t || exit 1
  systemctl reload ssh 2>/dev/null || systemctl reload sshd 2>/dev/null || service ssh reload >/dev/null || exit 1
  echo set
fi`;
}

/**
 * Takes away what copykey and post have let in: these keys, the key of the cluster, and passwords. Of what else is let in, it
 * prints how many keys there are. For root.
 */
export function closeScript(keys: readonly string[], user: string): string {
  return `
user=${shWord(user)}
keys=${shWord(keys.map((key) => key.split(' ').slice(0, 2).join(' ')).join('\n'))}
${PASSWORDS_OFF}
[ "$user" = root ] || passwd -l "$user" >/dev/null || exit 1
home=$(eval echo "~$user")
rm -f "$home/.ssh/id_coinroom" "$home/.ssh/known_hosts_coinroom"
[ ! -f "$home/.ssh/config" ] || sed -i '/^# coinroom/,/known_hosts_coinroom$/d' "$home/.ssh/config"
# Those of this session last: whoever is cut off in the middle can come back.
for file in "$home/.ssh/authorized_keys" ~root/.ssh/authorized_keys; do
  [ -f "$file" ] || continue
  rest=$(grep -vF -e "$keys" "$file" | grep -v ' coinroom-cluster$')
  if [ -n "$rest" ]; then echo "$rest"; fi >"$file" || exit 1
  others=$(printf '%s' "$rest" | grep -cv -e '^#' -e '^ *$')
  [ "$others" = 0 ] || echo "others $others $file"
done`;
}
