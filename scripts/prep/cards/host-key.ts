/** The keys of machines, as known_hosts has them, and as ssh shows them. */
import { createHash } from 'node:crypto';

export interface HostKey {
  /** As ssh calls it: `ED25519`. */
  readonly type: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

/** In the order in which a client asks for them (ssh_config(5), HostKeyAlgorithms): this one it shows. */
const TYPES: readonly (readonly [algorithm: RegExp, type: string])[] = [
  [/^ssh-ed25519$/, 'ED25519'],
  [/^ecdsa-sha2-/, 'ECDSA'],
  [/^ssh-rsa$/, 'RSA'],
];

/**
 * The key that a client will be shown, for each address of a known_hosts file whose names are not hashed.
 *
 * @param port the one that the machines listen on; undefined is 22
 */
export function readHostKeys(knownHosts: string, port?: number): Map<string, HostKey> {
  const ranked = new Map<string, { readonly rank: number; readonly key: HostKey }>();
  for (const line of knownHosts.split('\n')) {
    const [names = '', algorithm = '', blob] = line.split(' ');
    const rank = TYPES.findIndex(([pattern]) => pattern.test(algorithm));
    if (rank < 0 || blob === undefined) continue;
    const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '');
    for (const name of names.split(',')) {
      const address = addressOf(name, port);
      if (address === undefined || (ranked.get(address)?.rank ?? Infinity) <= rank) continue;
      ranked.set(address, { rank, key: { type: TYPES[rank]![1], fingerprint: `SHA256:${digest}` } });
    }
  }
  return new Map([...ranked].map(([address, { key }]) => [address, key]));
}

/** `10.0.0.7`, or with another port `[10.0.0.7]:2222` (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
function addressOf(name: string, port: number | undefined): string | undefined {
  if (port === undefined || port === 22) return name.startsWith('[') ? undefined : name;
  return name.endsWith(`]:${port}`) ? name.slice(1, -`]:${port}`.length) : undefined;
}
