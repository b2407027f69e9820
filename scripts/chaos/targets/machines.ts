/**
 * The machines of a room that a fault may befall: those of students, and no machine without which this controller could
 * not see or mend what it has done.
 */
import { isIP } from 'node:net';
import type { Connections } from '../../lib/fan-out/connections.ts';
import { fanOut, type Result } from '../../lib/fan-out/fan-out.ts';
import { canonicalAddress } from '../../lib/hosts.ts';
import { choose, type Room } from '../../lib/room/open-room.ts';
import type { Machine } from '../../lib/room/room.ts';
import { MACHINE_TRIALS, machineSite, rootScript } from '../dead-man/machine-site.ts';
import type { Site } from '../dead-man/site.ts';
import { parseFacts } from '../dead-man/trials.ts';
import type { Facts } from '../faults/fault.ts';
import { addressesOf, type Here, lookHere } from './here.ts';
import type { LeftOut, SwarmNode, Target } from './target.ts';

export interface MachineTargetsOptions {
  /** Of the room; whoever has made them closes them. */
  readonly connections: Connections;
  readonly signal: AbortSignal;
  /** Default: what the system says. */
  readonly here?: Here;
}

export interface MachineTargets {
  /** In the order of the room. One that cannot be asked is not well. */
  readonly targets: readonly Target[];
  /** Machines that were selected, and are none. */
  readonly leftOut: readonly LeftOut[];
  /** Those of the targets, and of the managers of their Swarms. */
  readonly sites: readonly MachineSite[];
}

export interface MachineSite {
  readonly site: Site;
  /** Undefined where it cannot be asked, and why. */
  readonly facts: Facts | undefined;
  readonly why: string;
}

/** For each machine, once. */
const WITHIN_MS = 60_000;

/** @throws UsageError for selectors that select nothing */
export async function machineTargets(
  room: Room,
  selectors: readonly string[],
  { connections, signal, here: given }: MachineTargetsOptions,
): Promise<MachineTargets> {
  const here = given ?? await lookHere();
  const selected = choose(room, selectors, { step: 'chaos' });
  const saying = selectors.filter((selector) => !NAMES_NO_SPARE.test(selector));
  const named = new Set(saying.length === 0 ? [] : choose(room, saying, { step: 'chaos' }));
  const leftOut: LeftOut[] = [];
  const able: Machine[] = [];
  for (const machine of selected) {
    const why = whyNever(machine, named) ?? whyNotFrom(here, await addressesOf(machine.host.address));
    if (why === undefined) able.push(machine);
    else leftOut.push({ name: machine.name, why });
  }
  const clusters = new Set(able.map(({ cluster }) => cluster.name));
  const asked = room.machines.filter(({ cluster }) => clusters.has(cluster.name));
  const results = await fanOut(asked, { connections, signal, withinMs: WITHIN_MS, script: () => LOOK });
  signal.throwIfAborted();
  const looks = new Map(results.map((result) => [result.target.name, parseLook(result)]));
  const targets: Target[] = [];
  for (const machine of able) {
    const look = looks.get(machine.name)!;
    if (here.machine !== '' && look.machine === here.machine) {
      leftOut.push({ name: machine.name, why: IS_HERE });
      continue;
    }
    const addresses = [...await addressesOf(machine.host.address), ...look.addresses];
    const swarm = swarmOf(machine, asked, looks);
    const isReached = !swarm || looks.get(swarm.site)!.knows.get(swarm.node)!;
    targets.push({
      ...{ name: machine.name, kind: 'machine', group: machine.cluster.name, site: machine.name },
      ...{
        handle: machine.host.address,
        addresses: [...new Set(addresses)],
        isWell: look.facts !== undefined && isReached,
      },
      ...{ isReplaced: false, offers: swarm ? ['swarm node'] : [] },
      ...(look.sshPort === undefined ? {} : { sshPort: look.sshPort }),
      ...(swarm ? { swarm } : {}),
    });
  }
  const needed = new Set(targets.flatMap(({ site, swarm }) => [site, swarm?.site]));
  const sites = asked.filter(({ name }) => needed.has(name)).map((machine) => {
    const { facts, why } = looks.get(machine.name)!;
    return { site: machineSite({ machine, connections }), facts, why };
  });
  return { targets, leftOut, sites };
}

/** Selectors that mean machines of any role. */
const NAMES_NO_SPARE = /^(n\d+|failed.*)$/;

const IS_HERE = 'this controller runs on it';

function whyNever(machine: Machine, named: ReadonlySet<Machine>): string | undefined {
  const { role } = machine.cluster;
  if (role === 'instructor') return "it is the instructor's";
  return role === 'spare' && !named.has(machine) ? 'it is a spare that nobody has named' : undefined;
}

function whyNotFrom(here: Here, addresses: readonly string[]): string | undefined {
  const own = addresses.map(canonicalAddress);
  if (own.some((address) => here.addresses.has(address))) return IS_HERE;
  if (own.some((address) => here.gateways.has(address))) return 'it is the gateway of this controller';
  return own.some((address) => here.nameServers.has(address)) ? 'it is the name server of this controller' : undefined;
}

/** Interfaces of Docker's have the same addresses on every machine. */
const LOOK = `
set -- \${SSH_CONNECTION:-}
echo "ssh \${4:-}"
echo "address \${3:-}"
${
  rootScript(`
echo "machine $(cat /etc/machine-id) $(cat /proc/sys/kernel/random/boot_id)"
ip -o addr show scope global | while read -r number device family address rest; do
  case "$device" in docker*|br-*|veth*) ;; *) echo "address \${address%/*}" ;; esac
done
timeout 5 docker info --format 'node {{.Swarm.NodeID}} {{.Swarm.ControlAvailable}}' 2>/dev/null
timeout 5 docker node ls --format 'knows {{.ID}} {{.Status}} {{.ManagerStatus}}' 2>/dev/null
echo facts
${MACHINE_TRIALS}`)
}`;

interface Look {
  readonly facts: Facts | undefined;
  readonly why: string;
  readonly sshPort?: number;
  readonly machine?: string;
  readonly addresses: readonly string[];
  /** Of the Swarm; empty where it is in none. */
  readonly node: string;
  /** Where it is a manager: its nodes, and whether it reaches them, as a node and as a manager. */
  readonly knows: ReadonlyMap<string, boolean>;
}

function parseLook({ end, detail, stdout }: Result): Look {
  if (end !== 'done') return { facts: undefined, why: detail, addresses: [], node: '', knows: new Map() };
  const [before = '', facts = ''] = stdout.text().split(/^facts$/m);
  const all = (word: string): string[] =>
    [...before.matchAll(new RegExp(`^${word} (\\S.*)$`, 'gm'))].map(([, rest]) => rest!);
  const [port] = all('ssh');
  const [machine] = all('machine');
  return {
    ...{ facts: parseFacts(facts), why: '', knows: new Map(all('knows').map(judgeNode)) },
    addresses: all('address').filter((address) => isIP(address) !== 0 && !LOOPBACK.test(address)),
    node: all('node')[0]?.split(' ').at(-2) ?? '',
    ...(port === undefined ? {} : { sshPort: Number(port) }),
    ...(machine === undefined ? {} : { machine }),
  };
}

/** A manager that has been away takes a while to be one again: until then the others must not go away. */
function judgeNode(line: string): [id: string, isReached: boolean] {
  const [id, status, manager] = line.split(' ');
  return [id!, status === 'Ready' && manager !== 'Unreachable'];
}

/** Where a session comes through something else that listens there. */
const LOOPBACK = /^(127\.|::1$)/;

/** A manager that knows it: another machine, if there is one. */
function swarmOf(
  { name }: Machine,
  asked: readonly Machine[],
  looks: ReadonlyMap<string, Look>,
): SwarmNode | undefined {
  const { node } = looks.get(name)!;
  if (node === '') return undefined;
  const managers = asked.filter((machine) => looks.get(machine.name)!.knows.has(node));
  const manager = managers.find((machine) => machine.name !== name) ?? managers[0];
  return manager && { site: manager.name, node };
}
