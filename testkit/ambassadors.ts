/** A small project with ambassadors: `caller` calls `api`, when it is told to. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { answersOf, type LoadOptions, underLoad } from './load.ts';
import type { Scope } from './machine.ts';
import { type OtherProject, writeProject } from './other-project.ts';
import { type Program, startProgram } from './program.ts';

/** `api` is our rng at full pace; `caller` does nothing by itself. */
export function callingFile(image: string): string {
  return `
services:
  api:
    image: ${image}
    environment: { ROLE: rng, PORT: '80', PACE: full }
    labels: { ambassador.check: /readyz }
  caller:
    image: node:26-slim
    init: true
    command: node -e 'setInterval(() => {}, 1e6)'
    stop_grace_period: 1s
    environment: { API_URL: http://api }
    depends_on: [api]
`;
}

/** Starts so many of each service, and their ambassadors. */
export async function startWithAmbassadors(
  t: Scope,
  file: string,
  scales: Readonly<Record<string, number>> = {},
): Promise<OtherProject> {
  const project = await writeProject(t, file);
  const args = Object.entries(scales).flatMap(([service, count]) => ['--scale', `${service}=${count}`]);
  await project.compose('up', '--detach', ...args);
  const { code, output } = await project.script('ambassadors', 'apply');
  assert.equal(code, 0, output);
  return project;
}

/** Has `ambassadors.mjs watch` follow the containers until the test is over. */
export async function startWatch(t: Scope, project: OtherProject): Promise<Program> {
  const program = startProgram(t, project.command('ambassadors', 'watch', '--json'), { cwd: project.folder });
  await program.line(/"kind":"following"/);
  return program;
}

export interface StatusRow {
  readonly consumer: string;
  readonly link: string;
  readonly port: number;
  readonly mode: string;
  readonly up: number;
  readonly backends: number;
  readonly state: string;
}

export async function statusOf(project: OtherProject): Promise<StatusRow[]> {
  return JSON.parse((await project.script('ambassadors', 'status', '--json')).stdout) as StatusRow[];
}

/** Changes the number of a service's containers by Compose itself, with the names of the ambassadors. */
export async function scale(project: OtherProject, service: string, count: number): Promise<void> {
  const files = ['-f', 'compose.yml', '-f', 'compose.ambassadors.yml'];
  const scales = ['--no-deps', '--no-recreate', '--scale', `${service}=${count}`];
  await project.compose(...files, 'up', '--detach', ...scales, service);
}

/** How often each instance answers while it is asked for two seconds; no request may fail. */
export async function countAnswers(t: Scope, container: string, options: Partial<LoadOptions> = {}): Promise<number[]> {
  const result = await underLoad(t, container, { url: 'http://api/16', ...options }, () => sleep(2000));
  assert.deepEqual(result.failed, []);
  return answersOf(result);
}

/** Within 5 %. */
export function assertEven(counts: readonly number[], instances: number): void {
  const mean = counts.reduce((sum, count) => sum + count, 0) / instances;
  assert.equal(counts.length, instances);
  for (const count of counts) assert.ok(Math.abs(count / mean - 1) < 0.05, `${counts.join(' ')} is not even`);
  assert.ok(mean > 50, `${counts.join(' ')}: too few to tell`);
}

/** A program for Node in the caller: ends when its api answers for the first time. */
export const UNTIL_IT_ANSWERS = `
const ask = () => fetch('http://api/1').then(({ ok }) => ok || setTimeout(ask, 10), () => setTimeout(ask, 10));
ask();
setTimeout(() => process.exit(1), 20000).unref();
`;
