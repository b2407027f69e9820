/** How others get random bytes from rng, or from any server that answers `GET /32` with 32 bytes. */
import { type Answered, RubbishError, type Upstream } from '../upstream/upstream.ts';

export interface RngClient {
  /**
   * @throws UpstreamError when no rng gave `sizeBytes` bytes in time
   */
  readonly randomBytes: (sizeBytes: number, signal: AbortSignal) => Promise<Answered<Uint8Array>>;
}

export function createRngClient(upstream: Upstream): RngClient {
  return {
    randomBytes: (sizeBytes, signal) =>
      upstream.ask({
        path: `/${sizeBytes}`,
        maxBytes: sizeBytes,
        signal,
        read: (body) => {
          if (body.length === sizeBytes) return body;
          throw new RubbishError(`it answered ${body.length} bytes instead of ${sizeBytes}`);
        },
      }),
  };
}
