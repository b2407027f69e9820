/** A certificate that has signed itself, by openssl. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from '../scripts/lib/process.ts';
import { type Scope, temporaryFolder, unlessInstalled } from './machine.ts';

export const unlessOpenssl = unlessInstalled('openssl', 'apt-get install openssl');

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Where the certificate is. */
  readonly file: string;
}

/** For 127.0.0.1, or for another address. */
export async function makeCertificate(t: Scope, address = '127.0.0.1'): Promise<Certificate> {
  const folder = await temporaryFolder(t);
  const [keyFile, file] = ['key.pem', 'certificate.pem'].map((name) => join(folder, name));
  await output([
    ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
    ...['-keyout', keyFile!, '-out', file!, '-subj', '/CN=marathon', '-addext', `subjectAltName=IP:${address}`],
  ]);
  return { key: await readFile(keyFile!, 'utf8'), cert: await readFile(file!, 'utf8'), file: file! };
}
