/** The environment of an app: that of the file, with what our roles would find by themselves in a Compose network. */
import type { Application, Service } from '../lib/compose-model/model.ts';
import type { AppPort } from './ports.ts';
import { type Report, tellers } from './report.ts';
import { defaultUrls, rolePort } from './roles.ts';

/** As Compose would have it. What is not set and cannot be found is told. */
export function environmentOf(
  service: Service,
  application: Application,
  report: Report,
): ReadonlyMap<string, string> {
  const { lose } = tellers(report, service);
  const { urls, missing } = defaultUrls(service, application);
  for (const variable of missing) {
    lose('environment', `${variable} is not set, and no service of the file is what it should name`);
  }
  for (const variable of service.unsetVariables.filter((one) => !urls.has(one))) {
    lose('environment', `${variable} has no value, and an agent has none for it`);
  }
  return new Map([...service.environment, ...urls]);
}

/** Where others may be named: in an image, `redis:7` is no port. */
export function addressesIn(environment: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...environment].filter(([variable]) => !variable.endsWith('IMAGE')));
}

/** A variable that holds names of hosts alone: `DB_HOST`, `discovery.seed_hosts`. */
const HOST_VARIABLE = /(^|[-_.])(host|hosts|hostname|addr|address|server|servers)$/i;

/** Variables whose value is the name of another service, which says no port: nobody can put a place for it. */
export function tellBareNames(service: Service, application: Application, report: Report): void {
  const { lose } = tellers(report, service);
  const names = new Set(application.services.map(({ name }) => name));
  for (const [variable, value] of service.environment) {
    if (!HOST_VARIABLE.test(variable)) continue;
    for (const name of value.split(/[\s,;]+/).filter((one) => names.has(one))) {
      lose(
        'environment',
        `${variable}: ${name} is a name of Compose's network alone; say it with its port: ${name}:PORT`,
      );
    }
  }
}

/**
 * Marathon gives PORT to whoever has ports, and means the agent's; a program that listens there is reached by nobody. The
 * app's own word is the last one, so it is always said: what the file says, else where it listens.
 */
export function portVariable(
  service: Service,
  environment: ReadonlyMap<string, string>,
  ports: readonly AppPort[],
): Readonly<Record<string, string>> {
  const port = rolePort(service) ?? ports.find(({ protocol }) => protocol === 'tcp')?.port ?? ports[0]?.port;
  return environment.get('PORT') || port === undefined ? {} : { PORT: String(port) };
}
