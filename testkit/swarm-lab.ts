/** Machines of a lab that swarm.mjs reaches, as prep.mjs has left them, in one cluster. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { output, type Run } from './docker.ts';
import { type Lab, startLab } from './lab.ts';
import type { Scope } from './machine.ts';
import { runScript } from './script.ts';
import { startSshAgent } from './ssh-agent.ts';

export interface SwarmLab extends Lab {
  /** Of swarm.mjs and of Docker's client. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** swarm.mjs with these arguments, however it ends. */
  readonly trySwarm: (...args: string[]) => Promise<Run>;
  /** The same where it has to end with 0: what it said. */
  readonly swarm: (...args: string[]) => Promise<string>;
  /** Everything that scripts have said. */
  readonly said: readonly string[];
  /** Brings images of the engine here to all of them. */
  readonly load: (...images: string[]) => Promise<void>;
}

export async function startSwarmLab(t: Scope, count: number): Promise<SwarmLab> {
  const lab = await startLab(t, count);
  const agent = await startSshAgent(t);
  const { login, password } = lab.machines[0]!;
  const said: string[] = [];
  const env = { ...agent.env, SSHPASS: password, LAB_NAME: lab.name, DOCKER_CONFIG: join(lab.folder, 'docker') };
  const runIn = async (name: string, args: readonly string[]): Promise<Run> => {
    const run = await runScript(name, args, { cwd: lab.folder, env, withinMs: 300_000 });
    said.push(run.output);
    return run;
  };
  const done = async (name: string, args: readonly string[]): Promise<string> => {
    const { code, output: text } = await runIn(name, args);
    assert.equal(code, 0, `${name}.mjs ${args.join(' ')} ended with ${code}:\n${text}`);
    return text;
  };
  await done('prep', ['init', '--cluster-size', String(count), '--login', login]);
  await done('prep', ['check', '--accept-new']);
  await done('prep', ['copykey']);
  const known = `UserKnownHostsFile=${join(lab.folder, '.workshop', 'known_hosts')}`;
  return {
    ...{ ...lab, env, said },
    trySwarm: (...args) => runIn('swarm', args),
    swarm: (...args) => done('swarm', args),
    load: async (...images) => {
      for (const { address } of lab.machines) {
        const load = `docker save ${images.join(' ')} | ssh -o ${known} ${login}@${address} docker load --quiet`;
        await output(['sh', '-c', load], { env: agent.env });
      }
    },
  };
}
