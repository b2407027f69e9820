/** Whether an engine lets in who has the cluster's certificate, and nobody else: each of it tried. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../lib/process.ts';
import { dockerHostOf } from '../lib/room/engines.ts';

export interface Proof {
  /** Of the engine; undefined: it did not let us in, for the reason in `trouble`. */
  readonly version: string | undefined;
  readonly trouble: string;
  /** What became of somebody without a certificate. */
  readonly others: Fate;
  /** Of somebody who does not encrypt. */
  readonly inClear: Fate;
}

/** `no answer` proves nothing. */
export type Fate = 'refused' | 'let in' | 'no answer';

const WITHIN_MS = 20_000;

/** @param clientFolder has ca.pem, cert.pem and key.pem */
export async function proveTls(address: string, clientFolder: string, signal: AbortSignal): Promise<Proof> {
  const nothing = await mkdtemp(join(tmpdir(), 'coinroom-no-certs-'));
  try {
    const ask = (folder: string, ...flags: string[]) =>
      run([
        'docker',
        ...flags,
        '--host',
        dockerHostOf(address),
        'version',
        '--format',
        '{{.Server.Version}}',
      ], {
        // What the user's own environment points to is another engine's.
        env: {
          DOCKER_CERT_PATH: folder,
          DOCKER_TLS_VERIFY: undefined,
          DOCKER_HOST: undefined,
          DOCKER_CONTEXT: undefined,
        },
        ...{ withinMs: WITHIN_MS, signal },
      }).catch((error: Error) => ({ code: 1, stdout: '', stderr: error.message }));
    const [own, other, clear] = await Promise.all([
      ask(clientFolder, '--tlsverify'),
      ask(nothing, '--tlsverify', '--tlscacert', join(clientFolder, 'ca.pem')),
      ask(nothing),
    ]);
    return {
      version: own.code === 0 ? own.stdout.trim() : undefined,
      trouble: own.code === 0 ? '' : own.stderr.trim().split('\n').at(-1)!,
      others: fateOf(other, /certificate/),
      inClear: fateOf(clear, /HTTP request to an HTTPS server/),
    };
  } finally {
    await rm(nothing, { recursive: true });
  }
}

function fateOf({ code, stderr }: { readonly code: number; readonly stderr: string }, refusal: RegExp): Fate {
  if (code === 0) return 'let in';
  return refusal.test(stderr) ? 'refused' : 'no answer';
}
