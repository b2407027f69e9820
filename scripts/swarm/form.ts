/** The pieces that a Swarm is formed of: a first manager, and others that join it. For sh, as the user of the machine. */
import { bracketed } from '../lib/engine.ts';
import { isIP } from 'node:net';
import type { Machine } from '../lib/room/room.ts';
import { shWord } from '../lib/sh-word.ts';

/** Where managers listen for nodes. https://docs.docker.com/engine/swarm/swarm-tutorial/#open-protocols-and-ports-between-the-hosts */
export const SWARM_PORT = 2377;
/** Where nodes tell each other what there is, by TCP and UDP. */
export const GOSSIP_PORT = 7946;
/** Of networks across nodes; UDP. */
export const VXLAN_PORT = 4789;

/** The address that others reach this machine at: a list may have a name, and a name of one's own may mean the loopback. */
function ownAddress({ host }: Machine): string {
  if (isIP(host.address) !== 0) return `address=${shWord(host.address)}`;
  return `address=$(getent ahostsv4 ${shWord(host.address)} | sed -n 's/ .*//p' | grep -v '^127\\.' | head -n 1)
[ -n "$address" ] || address=$(hostname -I | cut -d ' ' -f 1)`;
}

const STATE = `state=$(docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}') || exit 1`;

/** An engine joins all the same when the port of gossip is taken, and then its tasks reach those of no other node. */
function assertFree(...ports: readonly string[]): string {
  return `for port in ${ports.join(' ')}; do
  case $port in */udp) kind=u ;; *) kind=t ;; esac
  if ss -Hln$kind "sport = :\${port%/*}" | grep -q .; then
    echo "its port $port, which a Swarm needs, is taken: sudo ss -lnp$kind tells by which program" >&2; exit 1
  fi
done`;
}

const OF_MANAGERS = `${SWARM_PORT}/tcp`;
const OF_NODES = [`${GOSSIP_PORT}/tcp`, `${GOSSIP_PORT}/udp`, `${VXLAN_PORT}/udp`];

/** Prints `made` or `already`. */
export function initScript(machine: Machine): string {
  return `
${STATE}
${ownAddress(machine)}
case $state in
  'active true') echo already ;;
  'active false') echo 'it is a worker in a Swarm of somebody else: swarm.mjs leave' >&2; exit 1 ;;
  inactive*)
    ${assertFree(OF_MANAGERS, ...OF_NODES)}
    docker swarm init --advertise-addr "$address" >/dev/null && echo made ;;
  *) echo "its Swarm is \${state% *}: swarm.mjs leave" >&2; exit 1 ;;
esac`;
}

/** Prints the tokens of workers and of managers, the address to join at, and the ids of the nodes, a line each. */
export const TOKENS_SCRIPT = `
set -e
docker swarm join-token --quiet worker
docker swarm join-token --quiet manager
docker info --format '{{.Swarm.NodeAddr}}'
docker node ls --format '{{.ID}}' | tr '\\n' ' '`;

export interface Invitation {
  readonly worker: string;
  readonly manager: string;
  /** Of the first manager. */
  readonly address: string;
  readonly nodeIds: readonly string[];
}

export function parseTokens(said: string): Invitation {
  const [worker, manager, address, ids = ''] = said.split('\n');
  return { worker: worker!, manager: manager!, address: address!, nodeIds: ids.split(' ').filter((id) => id !== '') };
}

/** In the request, for the address that only the machine itself may know. */
const ADDRESS = 'OWN-ADDRESS';

/**
 * Prints `made` or `already`. By the engine's own interface: docker takes a token on its command line only, where everybody
 * on the machine can read it.
 */
export function joinScript(
  machine: Machine,
  { worker, manager, address, nodeIds }: Invitation,
  isManager: boolean,
): string {
  const join = JSON.stringify({
    ListenAddr: `0.0.0.0:${SWARM_PORT}`,
    AdvertiseAddr: ADDRESS,
    RemoteAddrs: [`${bracketed(address)}:${SWARM_PORT}`],
    JoinToken: isManager ? manager : worker,
  });
  return `
${STATE}
${ownAddress(machine)}
case $state in
  active*)
    id=$(docker info --format '{{.Swarm.NodeID}}')
    case ${shWord(` ${nodeIds.join(' ')} `)} in *" $id "*) echo already; exit 0 ;; esac
    echo 'it is a node in a Swarm of somebody else: swarm.mjs leave' >&2; exit 1 ;;
  inactive*)
    ${isManager ? assertFree(OF_MANAGERS, ...OF_NODES) : assertFree(...OF_NODES)} ;;
  *) echo "its Swarm is \${state% *}: swarm.mjs leave" >&2; exit 1 ;;
esac
said=$(sed "s/${ADDRESS}/$address/" <<'END_OF_REQUEST' | curl -sS --max-time 60 --unix-socket /var/run/docker.sock -H 'Content-Type: application/json' --data-binary @- \\
  --write-out '\\n%{http_code}' http://docker/swarm/join
${join}
END_OF_REQUEST
) || exit 1
case $said in *200) echo made ;; *) echo "$said" | sed -n 's/.*"message":"\\([^"]*\\)".*/\\1/p' >&2; exit 1 ;; esac`;
}
