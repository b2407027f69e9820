/** The network of a lab: a bridge of its own, so that each machine can have the same address for as long as it lives. */
import { networkInterfaces } from 'node:os';
import { UsageError } from '../lib/command-line.ts';
import { CommandError, output, run } from '../lib/process.ts';
import { LAB_LABEL } from './labels.ts';
import { DEFAULT_SUBNETS, gatewayOf, overlap, parseSubnet, type Subnet } from './subnet.ts';

export interface NetworkPlan {
  readonly isThere: boolean;
  /** The first that can be made is taken; the network's own where it is there. */
  readonly candidates: readonly Subnet[];
}

interface Inspected {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly IPAM: { readonly Config: readonly { readonly Subnet?: string }[] | null };
}

/**
 * @param wanted what the user wants it to be
 * @throws UsageError when the network is there and is another, or is not the lab's
 */
export async function planNetwork(lab: string, wanted: Subnet | undefined): Promise<NetworkPlan> {
  const networks = await listNetworks();
  const there = networks.find(({ Name }) => Name === lab);
  if (there) {
    if (there.Labels?.[LAB_LABEL] !== lab) {
      throw new UsageError(`A network ${lab} is there already, which vms.mjs has not made: another name with --lab`);
    }
    const subnet = subnetsOf(there)[0]!;
    if (wanted && wanted.text !== subnet.text) {
      throw new UsageError(`The network of ${lab} is ${subnet.text} already; got --network ${wanted.text}`);
    }
    return { isThere: true, candidates: [subnet] };
  }
  if (wanted) return { isThere: false, candidates: [wanted] };
  // What this machine reaches itself is not to be hidden from it behind a bridge.
  const local = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    .filter(({ family }) => family === 'IPv4').map(({ address }) => single(address));
  const taken = [...networks.flatMap(subnetsOf), ...local];
  const free = DEFAULT_SUBNETS.map(parseSubnet).filter((one) => !taken.some((other) => overlap(one, other)));
  if (free.length > 0) return { isThere: false, candidates: free };
  throw new UsageError('None of the ranges that a lab takes by itself is free: --network SUBNET');
}

/** Makes it where it is not there. Gives what it is. */
export async function makeNetwork(
  lab: string,
  { isThere, candidates }: NetworkPlan,
  signal: AbortSignal,
): Promise<Subnet> {
  if (isThere) return candidates[0]!;
  for (const subnet of candidates) {
    const command = [
      ...['docker', 'network', 'create', '--driver', 'bridge', '--label', `${LAB_LABEL}=${lab}`],
      ...['--subnet', subnet.text, '--gateway', gatewayOf(subnet), lab],
    ];
    const finished = await run(command, { signal });
    if (finished.code === 0) return subnet;
    // Somebody has taken it meanwhile.
    const isTaken = /overlaps/i.test(finished.stderr) && subnet !== candidates.at(-1);
    if (!isTaken) throw new CommandError(command, finished);
  }
  throw new Error(`Cannot make the network ${lab}`);
}

async function listNetworks(): Promise<Inspected[]> {
  const ids = (await output(['docker', 'network', 'ls', '--quiet', '--no-trunc'])).split('\n').filter((id) =>
    id !== ''
  );
  // It ends with 1 when one has gone meanwhile, and tells of the others.
  const { stdout } = await run(['docker', 'network', 'inspect', ...ids]);
  return JSON.parse(stdout.trim() || '[]');
}

/** Those for IPv4 of a size that can be in the way. */
function subnetsOf({ IPAM }: Inspected): Subnet[] {
  return (IPAM.Config ?? []).flatMap(({ Subnet: text }) => {
    try {
      return text === undefined ? [] : [parseSubnet(text)];
    } catch {
      return [];
    }
  });
}

function single(address: string): Subnet {
  const base = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { base, size: 1, text: `${address}/32` };
}
