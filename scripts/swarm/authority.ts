/**
 * The certificates of a cluster: an authority of its own, since a certificate that opens one engine must not open those of
 * others; a certificate for each node, with the names and addresses that it answers to; and one for the client. By openssl.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { output } from '../lib/process.ts';
import { authorityFolder, clientFolder } from '../lib/room/engines.ts';
import type { Machine } from '../lib/room/room.ts';
import type { ClusterNodes } from './nodes.ts';

/** Renewed when they have fewer left. */
const RENEW_DAYS = 7;

export interface KeyPair {
  readonly certificate: string;
  /** A secret. */
  readonly key: string;
}

export interface Authority {
  /** As DOCKER_CERT_PATH takes it: ca.pem, cert.pem, key.pem. */
  readonly clientFolder: string;
  /** The certificate of the authority itself, PEM. */
  readonly ca: string;
  readonly serverOf: (machine: Machine) => KeyPair;
  readonly client: KeyPair;
}

export interface AuthorityOptions {
  /** How long what is made now is good, days. */
  readonly days: number;
  /** Makes all but the authority anew, whether that is needed or not. */
  readonly rotate: boolean;
}

/** What is there and good is kept; the rest is made. Its folder is for its owner alone. */
export async function openAuthority(
  { name, nodes }: ClusterNodes,
  { days, rotate }: AuthorityOptions,
): Promise<Authority> {
  const folder = authorityFolder(name);
  const own = clientFolder(name);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const ca = authorityFiles(name);
  if (!isGood(ca.certificate, ca.key)) await makeAuthority(ca, { name, days });
  const issue = async (files: Files, request: Request): Promise<void> => {
    if (rotate || !isGood(files.certificate, files.key, { ...request, ca: ca.certificate })) {
      await makeCertificate(files, { ...request, ca, days });
    }
  };
  for (const machine of nodes) {
    await issue(serverFiles(folder, machine), { subject: machine.name, names: namesOf(machine), usage: 'serverAuth' });
  }
  const client = { certificate: join(own, 'cert.pem'), key: join(own, 'key.pem') };
  await issue(client, { subject: `client of ${name}`, names: [], usage: 'clientAuth' });
  return {
    ...{ clientFolder: own, ca: readFileSync(ca.certificate, 'utf8'), client: read(client) },
    serverOf: (machine) => read(serverFiles(folder, machine)),
  };
}

/** Of the manager of a classic Swarm on its first node: a server for whoever has the client's certificate, and a client of engines. */
export interface ManagerPair extends KeyPair {
  /** The certificate of the authority itself, PEM. */
  readonly ca: string;
}

/** Made, or the one that is there and good, by an authority that is there. */
export async function openManagerPair({ name, nodes }: ClusterNodes, days: number): Promise<ManagerPair> {
  const folder = authorityFolder(name);
  const ca = authorityFiles(name);
  const files = { certificate: join(folder, 'manager.pem'), key: join(folder, 'manager-key.pem') };
  const request = {
    ...{ subject: `classic manager of ${name}`, names: namesOf(nodes[0]!), usage: 'serverAuth,clientAuth' },
  };
  if (!isGood(files.certificate, files.key, { ...request, ca: ca.certificate })) {
    await makeCertificate(files, { ...request, ca, days });
  }
  return { ...read(files), ca: readFileSync(ca.certificate, 'utf8') };
}

export function forgetAuthority(cluster: string): void {
  rmSync(authorityFolder(cluster), { recursive: true, force: true });
}

interface Files {
  readonly certificate: string;
  readonly key: string;
}

interface Request {
  /** Whom it is for. */
  readonly subject: string;
  /** Names and addresses of a server; a client has none. */
  readonly names: readonly string[];
  /** As openssl takes it in extendedKeyUsage: both sides of a connection look whether the other may be what it is. */
  readonly usage: string;
}

function authorityFiles(cluster: string): Files {
  return { certificate: join(clientFolder(cluster), 'ca.pem'), key: join(authorityFolder(cluster), 'ca-key.pem') };
}

function read({ certificate, key }: Files): KeyPair {
  return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
}

function serverFiles(folder: string, { node }: Machine): Files {
  return { certificate: join(folder, `node${node}.pem`), key: join(folder, `node${node}-key.pem`) };
}

/** Whatever it may be called by: from outside, by its neighbours, and by itself. */
export function namesOf({ host, node }: Machine): string[] {
  return [...new Set([host.address, `node${node}`, 'localhost', '127.0.0.1', '::1'])];
}

function isGood(
  certificate: string,
  key: string,
  wanted?: Request & { readonly ca: string },
): boolean {
  if (!existsSync(certificate) || !existsSync(key)) return false;
  const found = new X509Certificate(readFileSync(certificate));
  if (Date.parse(found.validTo) - Date.now() < RENEW_DAYS * 86_400_000) return false;
  if (!wanted) return true;
  const isIssued = found.checkIssued(new X509Certificate(readFileSync(wanted.ca)));
  return isIssued &&
    wanted.names.every((name) => (isIP(name) ? found.checkIP(name) : found.checkHost(name)) !== undefined);
}

async function makeAuthority(files: Files, { name, days }: { name: string; days: number }): Promise<void> {
  await writing(files, async ({ certificate, key }) => {
    await output([
      ...['openssl', 'req', '-x509', ...NEW_KEY, '-keyout', key, '-out', certificate, '-days', String(days), '-subj'],
      ...[`/CN=coinroom authority of ${name}`, '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ]);
  });
}

/** On a curve: small, and quick for machines that start five hundred connections. */
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

async function makeCertificate(
  files: Files,
  { subject, names, usage, ca, days }: Request & { readonly ca: Files; readonly days: number },
): Promise<void> {
  const alternatives = names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`).join(',');
  const extensions = [
    `basicConstraints=critical,CA:false`,
    `extendedKeyUsage=${usage}`,
    ...(names.length > 0 ? [`subjectAltName=${alternatives}`] : []),
  ];
  await writing(files, async ({ certificate, key }) => {
    const [request, config] = [`${certificate}.request`, `${certificate}.extensions`];
    try {
      await writeFile(config, `${extensions.join('\n')}\n`);
      await output(['openssl', 'req', '-new', ...NEW_KEY, '-keyout', key, '-out', request, '-subj', `/CN=${subject}`]);
      await output([
        ...['openssl', 'x509', '-req', '-in', request, '-CA', ca.certificate, '-CAkey', ca.key, '-CAcreateserial'],
        ...['-CAserial', `${ca.key}.serial`, '-days', String(days), '-extfile', config, '-out', certificate],
      ]);
    } finally {
      for (const file of [request, config]) rmSync(file, { force: true });
    }
  });
}

/** Both files come to be together, or neither; openssl makes keys with 0600. */
async function writing(files: Files, make: (temporary: Files) => Promise<void>): Promise<void> {
  const temporary = { certificate: `${files.certificate}.new`, key: `${files.key}.new` };
  await make(temporary);
  renameSync(temporary.key, files.key);
  renameSync(temporary.certificate, files.certificate);
}
