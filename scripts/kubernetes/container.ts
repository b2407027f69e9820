/** What is run in a pod, and with which variables. */
import type { Command, Service } from '../lib/compose-model/model.ts';
import { rolePorts } from './known.ts';
import { isVariableName } from './names.ts';
import { type Fields, filled, formatPlace, type Part, placeOf } from './objects.ts';

/** Of the container, besides what its ports, probes, rights and volumes are. */
export function containerOf(part: Part): Fields {
  const { service, name, lose } = part;
  for (const variable of service.unsetVariables) {
    lose('environment', `${variable} has no value here, so it is not set`, placeOf(service, 'environment'));
  }
  return filled({
    name,
    image: imageOf(part),
    command: wordsOf(service.entrypoint),
    args: wordsOf(service.command),
    workingDir: service.workingDirectory,
    env: variablesOf(part).map(([variable, value]) => ({ name: variable, value: escapeReferences(value) })),
  });
}

function imageOf({ service, lose }: Part): string {
  const { name, image, at } = service;
  if (image === undefined) {
    throw new SyntaxError(
      `Cannot deploy ${name} ${
        formatPlace(at)
      }: it is only built, and a cluster builds nothing; ./scripts/compose.mjs ` +
        'push gives it an image, and writes a file with its name',
    );
  }
  if (!image.includes('@sha256:')) {
    lose('image', `${image} has no digest: each node may have another; compose.mjs push writes a file with digests`);
  }
  return image;
}

function wordsOf(command: Command | undefined): string[] | undefined {
  if (!command) return undefined;
  const words = command.kind === 'shell' ? ['/bin/sh', '-c', command.line] : command.words;
  return words.map(escapeReferences);
}

/** @throws SyntaxError for a name that Kubernetes refuses */
function variablesOf({ service, role }: Part): (readonly [string, string])[] {
  const wrong = [...service.environment.keys()].find((name) => !isVariableName(name));
  if (wrong !== undefined) {
    throw new SyntaxError(
      `Cannot give ${service.name} the variable ${JSON.stringify(wrong)} ${
        whereEnvironment(service)
      }: in Kubernetes a ` +
        'name has letters, digits, _, - and ., and begins with no digit',
    );
  }
  const own = role === undefined ? [] : [['PORT', `${rolePorts(role)[0]}`] as const];
  return [...new Map([...service.environment, ...own])];
}

function whereEnvironment(service: Service): string {
  return formatPlace(placeOf(service, 'environment', 'env_file'));
}

/**
 * In commands and values Kubernetes puts the value of a variable for `$(NAME)`, and `$` for `$$`. Compose has no such
 * thing: what was written is meant.
 */
export function escapeReferences(text: string): string {
  return /\$[$(]/.test(text) ? text.replaceAll('$', '$$$$') : text;
}
