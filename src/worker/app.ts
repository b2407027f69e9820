/** worker: it serves nobody, but it must be seen: alive, ready, measured. */
import type { Hono } from 'hono';
import { createService, type Service, type ServiceOptions } from '../service/service.ts';

export function createWorkerApp(options: ServiceOptions): Service & { app: Hono } {
  const service = createService(options);
  service.on('GET', '/', (c) => c.text(`WORKER running on ${options.identity.host}\n`));
  return service;
}
