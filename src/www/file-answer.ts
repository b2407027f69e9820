/**
 * Answers with a file, a piece at a time: a pack may be larger than the memory. It is opened when the first piece is
 * wanted, so an answer that nobody reads (HEAD, or a client that is gone) has nothing open.
 */
import type { Context } from 'hono';
import { open, stat } from 'node:fs/promises';

const PIECE_BYTES = 65_536;

/**
 * The file at `path`, or the end of it that was asked for: git goes on with a pack that broke off.
 *
 * @throws Error with the code of node:fs when it is not there
 */
export async function answerFile(
  c: Context,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const { size } = await stat(path);
  const start = startOf(c.req.header('Range'));
  if (start > 0 && start >= size) return c.body(null, 416, { 'Content-Range': `bytes */${size}` });
  return new Response(ReadableStream.from(piecesOf(path, { start, end: size })), {
    status: start > 0 ? 206 : 200,
    headers: {
      ...headers,
      'Content-Length': String(size - start),
      'Accept-Ranges': 'bytes',
      ...(start > 0 && { 'Content-Range': `bytes ${start}-${size - 1}/${size}` }),
    },
  });
}

/** `bytes=100-` is all that a client who goes on says; to every other form the whole file is a right answer (RFC 9110 §14.2). */
function startOf(range: string | undefined): number {
  return Number(/^bytes=(\d{1,15})-$/.exec(range ?? '')?.[1] ?? 0);
}

// A generator, since its `finally` is passed whatever happens: read to its end, broken off, or cancelled while it reads.
async function* piecesOf(path: string, { start, end }: { start: number; end: number }): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    for (let at = start; at < end;) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, end - at));
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new Error('Cannot send a file to its end: it has become shorter');
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
