/** Runs in the image of classic-stand-in.ts, which tells what it is. */
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: {
    tlsverify: { type: 'boolean' },
    tlscacert: { type: 'string' },
    tlscert: { type: 'string' },
    tlskey: { type: 'string' },
    host: { type: 'string', short: 'H' },
  },
  allowPositionals: true,
});
const [verb, discovery] = positionals;
if (verb !== 'manage' || !values.tlsverify) throw new Error('This takes manage --tlsverify');
const addresses = discovery!.replace('nodes://', '').split(',');
const certificates = {
  ca: readFileSync(values.tlscacert!),
  cert: readFileSync(values.tlscert!),
  key: readFileSync(values.tlskey!),
};

async function look(address: string): Promise<[string, string][]> {
  try {
    const reply = await new Promise<string>((resolve, reject) => {
      const asking = request(`https://${address}/info`, certificates, (response) => resolve(text(response)));
      asking.on('error', reject).end();
    });
    const { Name, Containers, ServerVersion } = JSON.parse(reply);
    return [[` ${Name}`, address], ['  └ Status', 'Healthy'], ['  └ Containers', `${Containers} (and so on)`], [
      '  └ ServerVersion',
      ServerVersion,
    ]];
  } catch (error) {
    return [[' (unknown)', address], ['  └ Status', 'Pending'], ['  └ Error', (error as Error).message]];
  }
}

const { port, hostname } = new URL(values.host!);
createServer({ ...certificates, requestCert: true, rejectUnauthorized: true }, async ({ url, method }, response) => {
  const path = url!.replace(/^\/v[\d.]+/, '');
  response.setHeader('Api-Version', '1.40').setHeader('Content-Type', 'application/json');
  if (path === '/_ping') response.end(method === 'HEAD' ? undefined : 'OK');
  else if (path === '/info') {
    const rows = (await Promise.all(addresses.map(look))).flat();
    const SystemStatus = [['Role', 'primary'], ['Nodes', String(addresses.length)], ...rows];
    response.end(JSON.stringify({ Name: 'stand-in', ServerVersion: 'swarm/stand-in', SystemStatus }));
  } else response.writeHead(501).end(JSON.stringify({ message: `The stand-in has no ${path}` }));
}).listen(Number(port), hostname);
process.on('SIGTERM', () => process.exit());
