/** What is asked of a machine to see whether it will do, and what the answers mean. All of it without changing anything. */
import { countInWords } from '../lib/words.ts';

/** Prints `name=value`, a line each. For sh. */
export const PROBE = `
echo "clock=$(date +%s)"
echo "user=$(id -un)"
if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then echo sudo=yes
elif command -v sudo >/dev/null; then echo sudo=password
else echo sudo=none; fi
echo "architecture=$(uname -m)"
echo "os=$(. /etc/os-release 2>/dev/null && echo "$ID $VERSION_ID")"
echo "cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null)"
echo "memoryKiB=$(sed -n 's/^MemTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo)"
for place in / /var /var/lib/docker /tmp "$HOME"; do
  df -Pk "$place" 2>/dev/null | { read -r _ && read -r _ _ _ free _ && echo "disk=$free $place"; }
done
command -v docker >/dev/null && echo "docker=$(docker --version 2>/dev/null | sed 's/^Docker version \\([^,]*\\).*/\\1/')"
exit 0
`;

export interface Facts {
  readonly user: string;
  /** `password`: it asks for one. */
  readonly sudo: 'yes' | 'password' | 'none';
  /** Seconds that its clock is ahead of ours; within what the way there takes: 0. */
  readonly skewS: number;
  readonly architecture: string;
  /** `debian 12`; empty where it does not say. */
  readonly os: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** The least of what is free where things are put, and where that is. */
  readonly disk: { readonly freeBytes: number; readonly place: string } | undefined;
  /** Undefined: not installed. */
  readonly docker: string | undefined;
}

/** When the question was asked and when the answer was there, ms since 1970. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** @throws SyntaxError for an answer that has no clock */
export function readProbe(answer: string, { from, to }: Window): Facts {
  const values = Map.groupBy(
    answer.split('\n').filter((line) => line.includes('=')),
    (line) => line.slice(0, line.indexOf('=')),
  );
  const all = (name: string): string[] => (values.get(name) ?? []).map((line) => line.slice(name.length + 1));
  const value = (name: string): string => all(name)[0] ?? '';
  const clock = Number(value('clock')) * 1000;
  if (!(clock > 0)) throw new SyntaxError('Cannot read its answer: it has no clock');
  // Its clock was read to the second.
  const skewMs = clock + 1000 < from ? clock + 1000 - from : clock > to ? clock - to : 0;
  const disks = all('disk').map((text) => ({
    freeBytes: parseInt(text) * 1024,
    place: text.slice(text.indexOf(' ') + 1),
  }));
  return {
    user: value('user'),
    sudo: value('sudo') === 'yes' ? 'yes' : value('sudo') === 'password' ? 'password' : 'none',
    skewS: Math.round(skewMs / 1000),
    architecture: value('architecture'),
    os: value('os'),
    cores: Number(value('cores')),
    memoryBytes: Number(value('memoryKiB')) * 1024,
    disk: disks.sort((a, b) => a.freeBytes - b.freeBytes)[0],
    docker: value('docker') || undefined,
  };
}

export interface Needs {
  /** 2 GiB: packages, the images, and a build. */
  readonly diskBytes?: number;
  /** Certificates, tokens and package lists are refused by a machine that is far off; 30. */
  readonly skewS?: number;
}

/** What is wrong with it, in words; empty: it will do. */
export function judgeFacts(facts: Facts, { diskBytes = 2 * 2 ** 30, skewS = 30 }: Needs = {}): string[] {
  const { sudo, disk, skewS: skew } = facts;
  return [
    ...(sudo === 'none' ? [`no sudo for ${facts.user}`] : []),
    ...(sudo === 'password' ? [`sudo asks ${facts.user} for a password`] : []),
    ...(Math.abs(skew) > skewS
      ? [`its clock is ${countInWords(Math.abs(skew), 'second')} ${skew > 0 ? 'ahead' : 'behind'}`]
      : []),
    ...(disk && disk.freeBytes < diskBytes
      ? [`only ${(disk.freeBytes / 2 ** 20).toFixed(0)} MiB free on ${disk.place}`]
      : []),
  ];
}
