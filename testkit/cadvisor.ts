/** A stand-in for cAdvisor. */
import { output, run, uniqueName } from './docker.ts';
import type { Scope } from './machine.ts';

const ANSWERS = `require("http").createServer((request, response) => response.end(request.url === "/healthz" ? "ok" :
  JSON.stringify({ args: process.argv.slice(1), mounts: require("fs").readFileSync("/proc/self/mounts", "utf8") })))
  .listen(8080)`;

/** Builds what stands in for cAdvisor's image, which cannot be had everywhere: it answers, and tells how it was started. */
export async function buildCadvisorStandIn(t: Scope, program = ANSWERS): Promise<string> {
  const tag = `${uniqueName('coinroom-test-stand-in')}:1`;
  t.after(() => run(['docker', 'rmi', '--force', tag]));
  const entry = ['node', '-e', program.replaceAll(/\n\s*/g, ' '), '--'];
  const file = `FROM node:26-slim\nENTRYPOINT ${JSON.stringify(entry)}\n`;
  await output(['docker', 'build', '--tag', tag, '-'], { input: file, env: { DOCKER_BUILDKIT: '0' } });
  return tag;
}
