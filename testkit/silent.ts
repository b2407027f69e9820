/** A port that answers nobody, not even with a refusal, as an address does whose machine is gone. */
import { connect, type Socket } from 'node:net';
import { eventually } from './eventually.ts';
import type { Scope } from './machine.ts';
import { startProgram } from './program.ts';

/** Listens, takes no connection, and has no room for another one to wait: the system drops what comes. */
const LISTEN = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
  console.log('listens on ' + this.address().port);
})`;

/** More than wait in the queue of a backlog of one (listen(2): Linux lets one more in). */
const CALLERS = 5;

/** Gives its port. */
export async function startSilent(t: Scope): Promise<number> {
  const program = startProgram(t, ['node', '-e', LISTEN]);
  const port = Number((await program.line(/listens on/)).split(' ').at(-1));
  program.kill('SIGSTOP');
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (let caller = 0; caller < CALLERS; caller++) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => {});
    sockets.push(socket);
  }
  await eventually(() => sockets.some(({ readyState }) => readyState === 'open'), { what: 'the queue to fill' });
  return port;
}
