/** Texts of Compose files through the whole way, to both orchestrators: what each makes of them, or how it refuses. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkKubernetes } from '../scripts/kubernetes/check.ts';
import { type Kubernetes, toKubernetes } from '../scripts/kubernetes/generate.ts';
import { parseObjects, toYaml } from '../scripts/kubernetes/yaml.ts';
import type { Loss } from '../scripts/lib/compose-model/losses.ts';
import type { Application } from '../scripts/lib/compose-model/model.ts';
import { readApplication } from '../scripts/lib/compose-model/read-application.ts';
import { checkMarathon } from '../scripts/marathon/check/check.ts';
import { type Generated, type MarathonOptions, toMarathon } from '../scripts/marathon/generate.ts';
import { DIGEST } from './application.ts';
import { schemaErrors } from './kubernetes-schemas.ts';
import { type Scope, temporaryFolder } from './machine.ts';

/** A refusal, or what is told, a line each. */
export type Outcome = string | readonly string[];

/** What it is, the file, and what comes of it: one refusal, for both, or an outcome for each. */
export type Row = readonly [
  what: string,
  text: string,
  outcome: string | { readonly marathon: Outcome; readonly kubernetes: Outcome },
];

/** A service `one`, of which by itself nothing is told; what is added begins at line 5. */
export function one(lines: string): string {
  return `services:\n  one:\n    image: a:1${DIGEST}\n    user: '1000'\n${lines.replaceAll(/^/gm, '    ')}\n`;
}

/** Services of these names, as YAML has them, from line 2 on. */
export function named(...names: readonly string[]): string {
  return `services:\n${names.map((name) => `  ${name}: { image: 'a:1${DIGEST}', user: '1000' }\n`).join('')}`;
}

export interface Orchestrated {
  readonly marathon: Generated | string;
  readonly kubernetes: Kubernetes | string;
}

/** What is made has been found good, for every way of discovery; a refusal says file and line. */
export async function orchestrate(t: Scope, text: string): Promise<Orchestrated> {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'compose.yml');
  await writeFile(file, text);
  const attempt = <T>(make: () => T): T | string => {
    try {
      return make();
    } catch (error) {
      return refusalOf(error, folder);
    }
  };
  let application: Application;
  try {
    application = await readApplication({ files: [file], name: 'room', env: {} });
  } catch (error) {
    const refusal = refusalOf(error, folder);
    return { marathon: refusal, kubernetes: refusal };
  }
  for (const options of [{ discovery: 'mesos-dns', network: 'dcos' }, { discovery: 'vip' }] as const) {
    attempt(() => groupOf(application, options));
  }
  return { marathon: attempt(() => groupOf(application)), kubernetes: attempt(() => objectsOf(application)) };

  function groupOf(model: Application, options?: MarathonOptions): Generated {
    const made = toMarathon(model, options);
    assert.deepEqual(checkMarathon(made.group), []);
    assertPlaces([...made.losses, ...made.choices]);
    return made;
  }

  function objectsOf(model: Application): Kubernetes {
    const made = toKubernetes(model);
    assert.deepEqual(made.objects.flatMap(schemaErrors), []);
    assert.deepEqual(checkKubernetes(made.objects).filter(({ level }) => level === 'error'), []);
    assert.deepEqual(parseObjects(toYaml(made.objects), 'what was made'), structuredClone(made.objects));
    assertPlaces(made.losses);
    return made;
  }

  function assertPlaces(told: readonly Loss[]): void {
    const lines = text.split('\n').length;
    for (const { at } of told) assert.ok(at.file === file && at.line > 0 && at.line <= lines, `${at.file}, ${at.line}`);
  }
}

/** Without the folder. What is none of ours, such as a failed assertion, goes on. */
function refusalOf(error: unknown, folder: string): string {
  if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
  const message = error.message.replaceAll(`${folder}/`, '');
  assert.match(message, /compose\.yml, line \d+\b/);
  return message;
}

/** Refusals, and what is lost or renamed. */
export function outcomesOf({ marathon, kubernetes }: Orchestrated): { marathon: Outcome; kubernetes: Outcome } {
  const format = (list: readonly Loss[]): string[] =>
    list.map(({ service, what, why }) => `${service}: ${what}: ${why}`);
  return {
    marathon: typeof marathon === 'string'
      ? marathon
      : format([...marathon.losses, ...marathon.choices.filter(({ what }) => what === 'name')]),
    kubernetes: typeof kubernetes === 'string' ? kubernetes : format(kubernetes.losses),
  };
}
