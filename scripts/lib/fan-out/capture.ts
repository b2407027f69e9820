/**
 * What a host says: all of it is counted and hashed, the beginning is kept in a file, and a little of it in memory, so
 * that a thousand hosts that say a hundred megabytes each fill neither.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** Of each stream of each host. */
export interface CaptureLimits {
  /** 8 MiB. */
  readonly fileBytes?: number;
  /** 32 KiB. */
  readonly memoryBytes?: number;
}

export interface Captured {
  /** All that came, kept or not. */
  readonly bytes: number;
  /** Of all that came: equal outputs have equal hashes. */
  readonly hash: string;
  /** Where the beginning is; undefined when there is no file, or nothing came. */
  readonly file: string | undefined;
  /** What is kept, as UTF-8; bytes that are none become `\uFFFD`. */
  readonly text: () => string;
  /** How many bytes at the end are not kept. */
  readonly lostBytes: number;
}

export interface Capture {
  readonly take: (chunk: Buffer) => void;
  /** Nothing may be taken after that. */
  readonly close: () => Captured;
}

/** `file` is made when something comes. Without one only what fits into memory is kept. */
export function createCapture(
  file: string | undefined,
  { fileBytes = 8 << 20, memoryBytes = 32 << 10 }: CaptureLimits = {},
): Capture {
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  const most = file === undefined ? memoryBytes : fileBytes;
  let inMemory = 0;
  let bytes = 0;
  let handle: number | undefined;
  return {
    take: (chunk) => {
      hash.update(chunk);
      const part = chunk.subarray(0, Math.max(0, most - bytes));
      bytes += chunk.length;
      if (part.length === 0) return;
      const forMemory = part.subarray(0, memoryBytes - inMemory);
      // A copy: a small part of a large chunk would keep all of it.
      if (forMemory.length > 0) kept.push(Buffer.from(forMemory));
      inMemory += forMemory.length;
      if (file === undefined) return;
      handle ??= openSync(file, 'w', 0o600);
      writeSync(handle, part);
    },
    close: () => {
      if (handle !== undefined) closeSync(handle);
      const written = handle === undefined ? undefined : file;
      const isAllInMemory = inMemory === Math.min(bytes, most);
      return {
        bytes,
        hash: hash.digest('hex'),
        file: written,
        text: () => (isAllInMemory ? Buffer.concat(kept) : readFileSync(written!)).toString('utf8'),
        lostBytes: Math.max(0, bytes - most),
      };
    },
  };
}
