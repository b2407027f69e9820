/** A real registry of images, on an address of this machine; and what may stand between it and an engine. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request as ask } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { docker, output, uniqueName } from './docker.ts';
import { eventually } from './eventually.ts';
import { type Scope, temporaryFolder, unlessInstalled } from './machine.ts';
import { type Program, startProgram } from './program.ts';
import { freePort, isListening } from './ports.ts';

export const unlessRegistry = unlessInstalled('docker-registry', 'apt-get install docker-registry') ||
  unlessInstalled('openssl', 'apt-get install openssl');

export interface Registry {
  /** `host:port`, as it stands in the name of an image. */
  readonly address: string;
  readonly port: number;
  readonly program: Program;
}

/** What a registry with a login lets in: bcrypt of `s3cret`, the only form that it takes. */
export const LOGIN = { name: 'student', password: 's3cret' } as const;
const PASSWORD_LINE = 'student:$2b$05$86lp82Ell14S.tqxCuHFduI7AZDoLL2lGMkyEnoDpUj19NZBBzvWy\n';

/** Starts a registry on the loopback, where engines need no certificate. Its data are removed after the test. */
export async function startRegistry(t: Scope): Promise<Registry> {
  return await start(t, '127.0.0.1', await temporaryFolder(t), []);
}

/**
 * One with a login and with TLS, on the address of a bridge of the engine's, where it has to have a certificate. Its
 * authority is made known to the engine (/etc/docker/certs.d, which only root may write) until the test is over.
 */
export async function startGuardedRegistry(t: Scope): Promise<Registry> {
  const network = uniqueName('coinroom-test-registry');
  await docker('network', 'create', network);
  t.after(() => docker('network', 'rm', network));
  const gateway = await docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', network);
  const folder = await temporaryFolder(t);
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  await output([
    ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
    ...['-keyout', key, '-out', certificate, '-subj', '/CN=registry', '-addext', `subjectAltName=IP:${gateway}`],
  ]);
  await writeFile(join(folder, 'htpasswd'), PASSWORD_LINE);
  const registry = await start(t, gateway, folder, [
    `auth: {htpasswd: {realm: coinroom, path: ${join(folder, 'htpasswd')}}}`,
    `  tls: {certificate: ${certificate}, key: ${key}}`,
  ]);
  const trust = join('/etc/docker/certs.d', registry.address);
  await mkdir(trust, { recursive: true });
  t.after(() => rm(trust, { recursive: true, force: true }));
  await output(['cp', certificate, join(trust, 'ca.crt')]);
  return registry;
}

async function start(t: Scope, host: string, folder: string, lines: readonly string[]): Promise<Registry> {
  const port = await freePort();
  const address = `${host}:${port}`;
  const config = [
    'version: 0.1',
    `storage: {filesystem: {rootdirectory: ${join(folder, 'images')}}}`,
    'log: {level: error}',
    ...lines.filter((line) => !line.startsWith(' ')),
    'http:',
    `  addr: ${address}`,
    ...lines.filter((line) => line.startsWith(' ')),
  ];
  await writeFile(join(folder, 'config.yml'), config.join('\n'));
  const program = startProgram(t, ['docker-registry', 'serve', join(folder, 'config.yml')]);
  await eventually(() => isListening(port, host), { what: `the registry on ${address}` });
  return { address, port, program };
}

/** A registry that dies when so many bytes have come in: nothing passes from then on. */
export async function startDyingRegistry(t: Scope, { port }: Registry, afterBytes: number): Promise<string> {
  const sockets = new Set<Socket>();
  let left = afterBytes;
  const listener = createTcpServer((client) => {
    if (left <= 0) return void client.destroy();
    const server = connect(port, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => {
      left -= bytes.length;
      if (left > 0) server.write(bytes);
      else for (const socket of sockets) socket.destroy();
    });
    server.on('data', (bytes) => void client.write(bytes));
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(listener.address() as AddressInfo).port}`;
}

/** A registry whose answers to the question for a digest are another image: a blank is added to each manifest. */
export async function startLyingRegistry(t: Scope, { port }: Registry): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers };
    const passed = ask(
      { port, host: '127.0.0.1', method: incoming.method!, path: incoming.url!, headers },
      (answer) => {
        const isManifest = incoming.method === 'GET' && incoming.url!.includes('/manifests/sha256:');
        const { 'content-length': length, ...others } = answer.headers;
        const added = isManifest && answer.statusCode === 200 ? ' ' : '';
        const size = length === undefined ? {} : { 'content-length': String(Number(length) + added.length) };
        outgoing.writeHead(answer.statusCode!, { ...others, ...size });
        answer.on('data', (bytes) => outgoing.write(bytes)).on('end', () => outgoing.end(added));
      },
    );
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
