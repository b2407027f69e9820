/**
 * Options of `docker run` for what Marathon has no field of its own for. They work with type DOCKER alone, which is why
 * every container here is of that type: a program that runs read-only and without capabilities is one that stays so.
 */
import type { Service } from '../lib/compose-model/model.ts';
import type { Parameter } from './api.ts';

export function parametersOf(service: Service): Parameter[] {
  const { capabilities, resources } = service;
  const all: readonly (readonly [key: string, value: string | undefined])[] = [
    ['read-only', service.isReadOnly ? 'true' : undefined],
    ...capabilities.drop.map((one) => ['cap-drop', one] as const),
    ...capabilities.add.map((one) => ['cap-add', one] as const),
    ...service.securityOptions.map((one) => ['security-opt', one] as const),
    ['init', service.hasInit === undefined ? undefined : String(service.hasInit)],
    ['pids-limit', resources.pidsLimit === undefined ? undefined : String(resources.pidsLimit)],
    ['user', service.user],
    ['workdir', service.workingDirectory],
    ['hostname', service.hostname],
    ['stop-signal', service.stopSignal],
    // The image's own would go on beside what Marathon does.
    ['no-healthcheck', service.isHealthcheckOff ? 'true' : undefined],
    ...[...service.extraHosts].map(([name, address]) => ['add-host', `${name}:${address}`] as const),
  ];
  return all.flatMap(([key, value]) => value === undefined ? [] : [{ key, value }]);
}
