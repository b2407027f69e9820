/** What has to run before an app is started: `depends_on`, and what it is linked to. */
import type { Application, Service } from '../lib/compose-model/model.ts';
import { placeOf, type Report, said, tellers } from './report.ts';

/**
 * The names of those that each service waits for.
 *
 * @throws SyntaxError naming file and line of who waits for itself, for somebody who is not there, or in a circle
 */
export function dependenciesOf(
  application: Application,
  report: Report,
): ReadonlyMap<string, readonly string[]> {
  const services = new Map(application.services.map((service) => [service.name, service]));
  const waits = new Map(application.services.map((service) => [service.name, wantedBy(service, services, report)]));
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (done.has(name)) return;
    const start = path.indexOf(name);
    if (start !== -1) {
      const circle = [...path.slice(start), name].join(' -> ');
      const service = services.get(path.at(-1)!)!;
      const key = service.dependencies.some((one) => one.service === name) ? 'depends_on' : 'links';
      throw new SyntaxError(`Cannot order the apps: they wait for each other, ${circle}${said(placeOf(service, key))}`);
    }
    for (const next of waits.get(name)!) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of services.keys()) visit(name, []);
  return waits;
}

function wantedBy(service: Service, services: ReadonlyMap<string, Service>, report: Report): readonly string[] {
  const { lose } = tellers(report, service);
  const wanted = new Set<string>();
  const need = (key: string, name: string): void => {
    const refuse = (why: string): never => {
      throw new SyntaxError(`Cannot start ${service.name} after ${name}: ${why}${said(placeOf(service, key))}`);
    };
    if (name === service.name) refuse('it would wait for itself');
    if (!services.has(name)) refuse('there is no such service');
    wanted.add(name);
  };
  for (const { service: name, condition, isRequired } of service.dependencies) {
    if (!isRequired && !services.has(name)) continue;
    need('depends_on', name);
    if (condition === 'completed') {
      lose('depends_on', `an app never ends: what ${name} does once, do by hand, or in the image's start`);
    }
    const target = services.get(name)!;
    if (condition === 'healthy' && target.isHealthcheckOff) {
      lose('depends_on', `${name} has no check: nothing waits until it is well`);
    }
  }
  for (const { service: name, alias } of service.links) {
    need('links', name);
    if (alias !== name) {
      lose('links', `${alias} is no name in DNS: it is known in the environment and the command alone`);
    }
  }
  return [...wanted];
}
