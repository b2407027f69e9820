/** How others have strings hashed by hasher, or by any server that answers `POST /` with the sha256 of the body. */
import { type Answered, RubbishError, type Upstream } from '../upstream/upstream.ts';
import { MAX_BODY_BYTES } from './limits.ts';

export const HEX_DIGITS = 64;

export interface HasherClient {
  /**
   * The sha256 of each of the `length`-byte strings that follow one another in `strings`: 64 lower-case hex digits for
   * each, one after the other. As bytes, since thousands come at a time, and a string each is garbage of ten times that.
   *
   * @throws UpstreamError when no hasher answered in time, or what came is not that many digests
   */
  readonly hashEach: (strings: Uint8Array, length: number, signal: AbortSignal) => Promise<Answered<Uint8Array>>;
}

export function createHasherClient(upstream: Upstream): HasherClient {
  async function post(
    body: Uint8Array,
    path: string,
    count: number,
    signal: AbortSignal,
  ): Promise<Answered<Uint8Array>> {
    return await upstream.ask({
      method: 'POST',
      path,
      body,
      maxBytes: count * (HEX_DIGITS + 2),
      signal,
      read: (answer) => parseDigests(answer, count),
    });
  }

  async function hashSome(strings: Uint8Array, length: number, signal: AbortSignal): Promise<Answered<Uint8Array>> {
    const count = strings.length / length;
    if (count === 1) return await post(strings, '/', 1, signal);
    const answered = await post(strings, `/?each=${length}`, count, signal);
    if (answered.value.length === count * HEX_DIGITS) return answered;
    // One digest for many strings: a hasher of another family, which knows no `each` and hashed the whole body.
    return await inTurn(parts(strings, length), (string) => post(string, '/', 1, signal));
  }

  return {
    hashEach: (strings, length, signal) => {
      const most = Math.floor(MAX_BODY_BYTES / length) * length;
      return inTurn(parts(strings, most), (part) => hashSome(part, length, signal));
    },
  };
}

function parts(bytes: Uint8Array, length: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / length);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * length, (at + 1) * length));
}

/** Asks one after the other, and puts the answers together. */
async function inTurn(
  questions: readonly Uint8Array[],
  ask: (question: Uint8Array) => Promise<Answered<Uint8Array>>,
): Promise<Answered<Uint8Array>> {
  const all: Uint8Array[] = [];
  let servedMs = 0;
  for (const question of questions) {
    const answered = await ask(question);
    all.push(answered.value);
    servedMs += answered.servedMs;
  }
  return { value: all.length === 1 ? all[0]! : Buffer.concat(all), servedMs };
}

/** All digests, or the one that a hasher without `each` gives for the whole body. */
function parseDigests(body: Uint8Array, count: number): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1').trimEnd();
  if (!/^[0-9a-f]{64}(?:\n[0-9a-f]{64})*$/.test(text)) {
    const bad = text.split('\n').find((line) => !/^[0-9a-f]{64}$/.test(line))!;
    throw new RubbishError(`it answered ${JSON.stringify(bad.slice(0, 40))} instead of a sha256`);
  }
  const lines = (text.length + 1) / (HEX_DIGITS + 1);
  if (lines !== count && lines !== 1) throw new RubbishError(`it answered ${lines} digests instead of ${count}`);
  return Buffer.from(text.replaceAll('\n', ''), 'latin1');
}
