/** The files of a page: compressed once, kept by browsers until they change. */
import type { Context } from 'hono';
import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

export interface StaticFile {
  readonly type: string;
  readonly body: string;
}

/** In the order of preference; '' is the file as it is. */
const ENCODINGS = ['br', 'gzip', ''] as const;
type Encoding = (typeof ENCODINGS)[number];

const encode: Readonly<Record<Encoding, (body: Buffer) => Buffer>> = {
  br: (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (body) => gzipSync(body, { level: 9 }),
  '': (body) => body,
};

/** A handler that answers with the file, or with 304 where the browser has it; `headers` go with every answer. */
export function createStaticHandler(
  { type, body }: StaticFile,
  headers: Readonly<Record<string, string>>,
): (c: Context) => Response {
  const plain = Buffer.from(body);
  const bodies = Object.fromEntries(ENCODINGS.map((name) => [name, encode[name](plain)])) as Record<Encoding, Buffer>;
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 16);

  return (c) => {
    const encoding = preferred(c.req.header('Accept-Encoding') ?? '');
    const etag = `"${hash}${encoding && `-${encoding}`}"`;
    // Asked for again each time, and hardly ever sent again: a new version shows at once.
    const common = { ...headers, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding', ETag: etag };
    if (etagsOf(c.req.header('If-None-Match')).includes(etag)) return c.body(null, 304, common);
    return c.body(bodies[encoding] as Uint8Array<ArrayBuffer>, 200, {
      ...common,
      'Content-Type': type,
      ...(encoding && { 'Content-Encoding': encoding }),
    });
  };
}

function etagsOf(header: string | undefined): string[] {
  return (header ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
}

function preferred(acceptEncoding: string): Encoding {
  const accepted = acceptEncoding.split(',').map((one) => one.trim().toLowerCase())
    .filter((one) => !/;\s*q=0(\.0*)?$/.test(one)).map((one) => one.split(';')[0]);
  return ENCODINGS.find((name) => accepted.includes(name)) ?? '';
}
