/** One thread of the pool: sleeps until the bell rings, searches, answers, and returns when told to stop. */
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { search } from './kernel.ts';
import { CELL, type FoundMessage, isToldToStop, type SearchMessage, type ThreadStart } from './messages.ts';

const { cells, port } = workerData as ThreadStart;

while (!isToldToStop(cells)) {
  const rung = Atomics.load(cells, CELL.bell);
  searchAllOn(port);
  if (!isToldToStop(cells)) Atomics.wait(cells, CELL.bell, rung);
}
port.close();

function searchAllOn(port: MessagePort): void {
  for (let received = receiveMessageOnPort(port); received; received = receiveMessageOnPort(port)) {
    const message = received.message as SearchMessage;
    const answer: FoundMessage = { id: message.id, ...search(message, () => isToldToStop(cells)) };
    port.postMessage(answer);
  }
}
