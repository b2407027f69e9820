/** terraform's part of vms.mjs: with a stand-in for it that records its arguments, and with the real one where it is. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import type { Run } from '../../../testkit/docker.ts';
import { findProgram, type Scope, temporaryFolder } from '../../../testkit/machine.ts';
import { runScript } from '../../../testkit/script.ts';

/** It keeps one machine, in a file, and does what its other files say. */
const STAND_IN = `#!/bin/sh
cd "\${0%/*}"
printf '%s\\n' "$*" >>calls
case $2 in
  plan) [ -e there ] || exit 2 ;;
  apply) : >there; [ ! -e broken ] || { echo 'quota exceeded' >&2; exit 1; } ;;
  output) cat ips ;;
  show) if [ -e there ]; then
      echo '{"values":{"root_module":{"child_modules":[{"resources":[{"address":"module.a.cloud_vm.one","mode":"managed"}]}],
        "resources":[{"address":"data.cloud_image.debian","mode":"data"}]}}}'
    else echo '{"format_version":"1.0"}'; fi ;;
  destroy) [ -e stubborn ] || rm -f there ;;
esac
`;

interface Room {
  readonly folder: string;
  /** The directory that the stand-in is told. */
  readonly directory: string;
  /** Writes a file beside the stand-in. */
  readonly tell: (file: string, text?: string) => Promise<void>;
  /** Its calls since the last time, without what is different in each run. */
  readonly calls: () => Promise<string[]>;
  readonly read: (file: string) => Promise<string>;
  readonly vms: (...args: string[]) => Promise<Run>;
}

async function makeRoom(t: Scope): Promise<Room> {
  const folder = await temporaryFolder(t);
  const [directory, bin] = [join(folder, 'cloud'), join(folder, 'bin')];
  await mkdir(directory);
  await mkdir(bin);
  await writeFile(join(bin, 'terraform'), STAND_IN);
  await chmod(join(bin, 'terraform'), 0o755);
  await writeFile(join(bin, 'ips'), '["10.9.0.1", "10.9.0.2"]');
  const PATH = [bin, process.env.PATH].join(delimiter);
  return {
    folder,
    directory,
    tell: (file, text = '') => writeFile(join(bin, file), text),
    calls: async () => {
      const lines = (await readFile(join(bin, 'calls'), 'utf8').catch(() => '')).trimEnd().split('\n');
      await rm(join(bin, 'calls'), { force: true });
      return lines.map((line) =>
        line.replace(`-chdir=${directory} `, '').replace(/[^\s=]+\/coinroom-plan-\w+\/plan/, 'PLAN')
      );
    },
    read: (file) => readFile(join(folder, file), 'utf8'),
    vms: (...args) => runScript('vms', args, { cwd: folder, env: { PATH, DOCKER_HOST: 'tcp://127.0.0.1:1' } }),
  };
}

const PLANNED = ['init -input=false -no-color', 'plan -input=false -no-color -detailed-exitcode -out=PLAN'];
const TOLD = 'output -no-color -json ips';

test('create has the stand-in for terraform apply just what it has planned, and lists what it tells', async (t) => {
  const { directory, vms, calls, read } = await makeRoom(t);
  const { code, stdout, output } = await vms('create', '--provider', 'terraform', 'cloud', '--yes', '--json');
  assert.equal(code, 0, output);
  const machines = [{ name: '1', address: '10.9.0.1' }, { name: '2', address: '10.9.0.2' }];
  assert.deepEqual(JSON.parse(stdout).machines, machines);
  assert.deepEqual(await calls(), [...PLANNED, 'apply -input=false -no-color PLAN', TOLD]);
  assert.equal(await read('ips.txt'), '10.9.0.1\n10.9.0.2\n');
  assert.deepEqual(
    JSON.parse(await read('.workshop/machines.json')).directories.map((one: object) => ({
      ...one,
      createdAt: 0,
    })),
    [{ directory, createdAt: 0, hostsFile: join(directory, '..', 'ips.txt'), machines }],
  );
});

test('a second create changes nothing and says so; machines that have gone leave ips.txt', async (t) => {
  const { vms, calls, tell, read } = await makeRoom(t);
  await tell('ips', '{"b": "10.9.0.2", "a": "10.9.0.1"}');
  await vms('create', '--provider', 'terraform', 'cloud', '--yes');
  await calls();
  await tell('ips', '{"b": "10.9.0.2", "c": "node3.example.org"}');
  const again = await vms('create', '--provider', 'terraform', 'cloud');
  assert.equal(again.code, 0, again.output);
  assert.match(again.stdout, /^Nothing to do: terraform has it as it should be$/m);
  assert.deepEqual(await calls(), [...PLANNED, TOLD]);
  assert.equal(await read('ips.txt'), '10.9.0.2\nnode3.example.org\n');
});

test('create asks before it makes what costs money, and a dry run only plans', async (t) => {
  const { vms, calls, read } = await makeRoom(t);
  const asked = await vms('create', '--provider', 'terraform', 'cloud');
  assert.equal(asked.code, 1);
  assert.match(asked.output, /Make this with terraform in .*\? There is no terminal to ask on: say --yes/);
  assert.deepEqual(await calls(), PLANNED);
  const dry = await vms('create', '--provider', 'terraform', 'cloud', '--dry-run', '--yes');
  assert.deepEqual([dry.code, dry.stdout], [0, 'Would do this\n']);
  assert.deepEqual(await calls(), PLANNED);
  await assert.rejects(read('.workshop/machines.json'), { code: 'ENOENT' });
});

test('what was made by half is remembered, and can be destroyed', async (t) => {
  const { directory, vms, calls, tell } = await makeRoom(t);
  await tell('broken');
  const made = await vms('create', '--provider', 'terraform', 'cloud', '--yes');
  assert.equal(made.code, 1);
  assert.match(made.output, /^terraform -chdir=\S+ apply .* ended with 1: quota exceeded$/m);
  const listed = await vms('list', '--json');
  assert.equal(listed.code, 1);
  assert.ok(
    JSON.parse(listed.stdout).trouble.includes(
      `terraform may have made something in ${directory}: create again, or destroy --provider terraform ${directory}`,
    ),
  );
  await calls();
  const destroyed = await vms('destroy', '--provider', 'terraform', '--yes');
  assert.equal(destroyed.code, 0, destroyed.output);
  assert.equal(
    destroyed.stdout,
    `Destroyed 0 machines of ${directory}; asked again, terraform knows of nothing that is left\n`,
  );
  assert.deepEqual(await calls(), ['destroy -input=false -no-color -auto-approve', 'show -no-color -json']);
  assert.deepEqual(JSON.parse((await vms('list', '--json')).stdout).trouble.length, 1, 'only the lab is not asked');
});

test('destroy that leaves something ends with 1, names it, and goes on to remember it', async (t) => {
  const { directory, vms, tell, read } = await makeRoom(t);
  await vms('create', '--provider', 'terraform', 'cloud', '--yes', '--ttl', '1ms', '--price', '2');
  await tell('stubborn');
  const { code, stdout } = await vms('destroy', '--provider', 'terraform', '--overdue', '--yes', '--json');
  const { left, machines } = JSON.parse(stdout);
  assert.deepEqual([code, left, machines.length], [1, [`module.a.cloud_vm.one in ${directory}`], 2]);
  assert.equal(JSON.parse(await read('.workshop/machines.json')).directories.length, 1);
  const listed = JSON.parse((await vms('list', '--json')).stdout);
  assert.deepEqual([listed.overdue, listed.machines[0].price], [2, 2]);
});

test('an output that holds something else than addresses is refused, and nothing of it is listed', async (t) => {
  const { vms, tell, read, directory } = await makeRoom(t);
  for (const [told, shown] of [['["10.9.0.1", "-oProxyCommand=x"]', '"-oProxyCommand=x" as 2'], ['7', '7 as value']]) {
    await tell('ips', told);
    const { code, output } = await vms('create', '--provider', 'terraform', 'cloud', '--yes');
    assert.equal(code, 1);
    const message = `Cannot use the output ips of ${directory}: a list or map of addresses; got ${shown}\n`;
    assert.ok(output.endsWith(message), output);
    await assert.rejects(read('ips.txt'), { code: 'ENOENT' });
  }
});

test('a terraform that is missing, and a directory that is none, are named before anything is done', async (t) => {
  const { folder, vms } = await makeRoom(t);
  const none = await vms('create', '--provider', 'terraform', 'nowhere');
  assert.deepEqual([none.code, none.output], [2, 'Cannot use terraform in nowhere: it is no directory\n']);
  const missing = await runScript('vms', ['create', '--provider', 'terraform', 'cloud'], {
    cwd: folder,
    env: { PATH: join(folder, 'cloud') },
  });
  assert.deepEqual([missing.code, missing.output], [
    1,
    'This needs programs that are not on this machine: terraform (https://developer.hashicorp.com/terraform/install)\n',
  ]);
});

/** Resources that need no provider from the network. */
const CONFIGURATION = `
resource "terraform_data" "vm" {
  for_each = { north = "10.9.0.1", south = "10.9.0.2" }
  input    = each.value
}
output "ips" { value = { for name, one in terraform_data.vm : name => one.output } }
`;

// No machine has to have it: the tests above have a stand-in for it.
if (findProgram('terraform') !== undefined) {
  test('the real terraform makes what a directory describes, and destroys it with proof', {
    timeout: 120_000,
  }, async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'main.tf'), CONFIGURATION);
    const vms = (...args: string[]): Promise<Run> =>
      runScript('vms', args, { cwd: folder, env: { CHECKPOINT_DISABLE: '1', DOCKER_HOST: 'tcp://127.0.0.1:1' } });
    const made = await vms('create', '--provider', 'terraform', '.', '--yes');
    assert.equal(made.code, 0, made.output);
    assert.equal(await readFile(join(folder, 'ips.txt'), 'utf8'), '10.9.0.1\n10.9.0.2\n');
    const again = await vms('create', '--provider', 'terraform', '.');
    assert.match(again.stdout, /^Nothing to do: terraform has it as it should be\n/);
    const destroyed = await vms('destroy', '--provider', 'terraform', '--yes');
    assert.deepEqual([destroyed.code, destroyed.stdout], [
      0,
      `Destroyed 2 machines of ${folder}; asked again, terraform knows of nothing that is left\n`,
    ]);
    assert.equal(await readFile(join(folder, 'ips.txt'), 'utf8'), '');
  });
}
