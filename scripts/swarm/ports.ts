/** Whether the nodes of a cluster reach each other where a Swarm needs it: tried from each to each. */
import type { Machine } from '../lib/room/room.ts';
import { shWord } from '../lib/sh-word.ts';
import { GOSSIP_PORT, SWARM_PORT, VXLAN_PORT } from './form.ts';
import { type ClusterNodes, type Nodes, said } from './nodes.ts';

const TCP = [{ port: SWARM_PORT, isForManagers: true }, { port: GOSSIP_PORT, isForManagers: false }] as const;

export interface Way {
  readonly from: string;
  readonly to: string;
  /** `7946/tcp` */
  readonly port: string;
  /** `silent` is what a firewall that drops looks like. */
  readonly state: 'open' | 'refused' | 'silent';
}

/**
 * Every way between two nodes. TCP is asked. Of 7946/udp, which answers nobody that has not the Swarm's key, it is known only
 * that it was not refused. At 4789/udp each node listens for the others; one where nobody may listen counts as open.
 */
export async function tryWays(
  nodes: Nodes,
  { nodes: own }: ClusterNodes,
  isManager: (machine: Machine) => boolean,
): Promise<Way[]> {
  const results = await nodes.ask(own, (from) => probeScript(from, own, isManager));
  return results.flatMap((result) =>
    (said(result) ?? '').split('\n').filter((line) => line !== '').map((line) => {
      const [from, to, port, state] = line.split(' ');
      return { from: from!, to: to!, port: port!, state: state as Way['state'] };
    })
  );
}

/** A line a way. By bash, which alone among shells opens ports, and perl, which every Debian has. */
function probeScript(own: Machine, all: readonly Machine[], isManager: (machine: Machine) => boolean): string {
  const others = all.filter(({ name }) => name !== own.name);
  const probes = others.flatMap((machine) => {
    const to = `${shWord(machine.name)} ${shWord(machine.host.address)}`;
    const tcp = TCP.filter(({ isForManagers }) => !isForManagers || isManager(machine));
    return [...tcp.map(({ port }) => `tcp ${to} ${port} &`), `udp ${to} ${GOSSIP_PORT} &`, `call ${to} &`];
  });
  return `
exec bash -s <<'END_OF_PROBES'
me=${shWord(own.name)}
tcp() {
  timeout 3 bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null
  case $? in 0) state=open ;; 124) state=silent ;; *) state=refused ;; esac
  echo "$me $1 $3/tcp $state"
}
udp() {
  # The second word is refused by the answer that the first one got.
  if timeout 3 bash -c "exec 3<>/dev/udp/$2/$3 && echo >&3 && sleep 0.3 && echo >&3" 2>/dev/null
  then state=open; else state=refused; fi
  echo "$me $1 $3/udp $state"
}
# Again and again: the other one may begin to listen a moment later.
call() { for time in 1 2 3 4 5 6 7 8; do (echo "$me" >/dev/udp/$2/${VXLAN_PORT}) 2>/dev/null; sleep 0.5; done; }
# All that comes in past the firewall, since the port itself may be the kernel's: a header of IP, one of UDP, a name.
listen() {
  sudo=; [ "$(id -u)" = 0 ] || sudo='sudo -n'
  $sudo perl -MSocket -e '$| = 1; socket(S, PF_INET, SOCK_RAW, 17) or exit 1; $SIG{ALRM} = sub { exit }; alarm 4;
    while (defined recv(S, $packet, 256, 0)) {
      my $udp = substr($packet, 4 * (ord($packet) & 15));
      print substr($udp, 8) if unpack("x2 n", $udp) == ${VXLAN_PORT};
    }' 2>/dev/null || echo unknown
}
heard() {
  words=$(listen)
  for other in ${others.map(({ name }) => shWord(name)).join(' ')}; do
    case "
$words
" in *"
unknown
"* | *"
$other
"*) state=open ;; *) state=silent ;; esac
    echo "$other $me ${VXLAN_PORT}/udp $state"
  done
}
heard &
${probes.join('\n')}
wait
END_OF_PROBES`;
}
