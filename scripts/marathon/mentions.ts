/**
 * Where a text names another service: `http://rng`, `redis://:secret@redis:6379/0`, `kafka:9092`. In a Compose network a
 * name is an address; in Marathon it is not, so each of these is found, and put as the discovery has it.
 */
import type { Application, Service } from '../lib/compose-model/model.ts';
import { guessMode, type Mode, portOfScheme } from '../lib/haproxy/ports.ts';

export interface Mention {
  /** The service, by its own name. */
  readonly service: string;
  /** Undefined: none is said, and the scheme has none that is known here. */
  readonly port: number | undefined;
  readonly mode: Mode;
  /** Whether the scheme says so; a name and a port alone might as well mean UDP. */
  readonly isTcp: boolean;
}

/** What a service can call others, in lower case as DNS has it, and who that is: names, and the aliases of its links. */
export type Names = ReadonlyMap<string, string>;

export function namesFor({ links }: Service, { services }: Application): Names {
  return new Map([
    ...services.map(({ name }) => [name.toLowerCase(), name] as const),
    ...links.map(({ alias, service }) => [alias.toLowerCase(), service] as const),
  ]);
}

/** A URL; or a name and a port, alone or after `,`, `=`, `@` and the like, and not in a path or a version. */
const PLACES =
  /\b([a-z][a-z0-9+.-]*):\/\/((?:[^/\s,@]*@)?)([a-z0-9][\w.-]*)(?::(\d{1,5}))?(?![\w:-])|(?<![\w./:-])([a-z0-9][\w.-]*):(\d{1,5})(?![\w.:-])/gi;

/** `undefined` leaves a mention as it stands. */
export type Replace = (mention: Mention) => string | undefined;

/** The text with another `host:port` in each place that names a service. */
export function replaceMentions(text: string, names: Names, replace: Replace): string {
  return text.replaceAll(PLACES, (whole: string, ...groups: (string | undefined)[]) => {
    const [scheme, user = '', urlHost, urlPort, host, port] = groups;
    const service = names.get((urlHost ?? host)!.toLowerCase());
    if (service === undefined) return whole;
    if (scheme === undefined) {
      return replace({ service, port: Number(port), mode: guessMode(Number(port)), isTcp: false }) ?? whole;
    }
    const known = portOfScheme(scheme);
    const number = urlPort === undefined ? known?.port : Number(urlPort);
    const mode = known?.mode ?? (number === undefined ? 'tcp' : guessMode(number));
    const other = replace({ service, port: number, mode, isTcp: known !== undefined });
    return other === undefined ? whole : `${scheme}://${user}${other}`;
  });
}

export function mentionsIn(text: string, names: Names): Mention[] {
  const mentions: Mention[] = [];
  replaceMentions(text, names, (mention) => {
    mentions.push(mention);
    return undefined;
  });
  return mentions;
}
