/** One thread of the pool: sleeps until the bell rings, searches, answers, and returns when told to stop. */
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { createKernel } from './kernel/kernels.ts';
import { CELL, type FoundMessage, isToldToStop, type Searches, type ThreadStart } from './messages.ts';
import { search } from './search.ts';

const { cells, port, kernel: name } = workerData as ThreadStart;
const kernel = createKernel(name);

/** Short searches are answered together: a message costs more than a few hundred hashes. */
const GATHER_MS = 1;

while (!isToldToStop(cells)) {
  const rung = Atomics.load(cells, CELL.bell);
  searchAllOn(port);
  if (!isToldToStop(cells)) Atomics.wait(cells, CELL.bell, rung);
}
port.close();

function searchAllOn(port: MessagePort): void {
  for (let received = receiveMessageOnPort(port); received; received = receiveMessageOnPort(port)) {
    let founds: FoundMessage[] = [];
    let since = performance.now();
    try {
      for (const message of received.message as Searches) {
        founds.push({ id: message.id, ...search(kernel, message, () => isToldToStop(cells)) });
        if (performance.now() - since < GATHER_MS) continue;
        port.postMessage(founds);
        founds = [];
        since = performance.now();
      }
    } finally {
      // Also when a search kills the thread: those before it must not be taken for the one that did.
      if (founds.length > 0) port.postMessage(founds);
    }
  }
}
