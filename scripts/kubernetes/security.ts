/**
 * What a pod may do: nothing that the file does not ask for. The aim is the standard that Kubernetes calls restricted; what
 * keeps a service from it (a root user, more capabilities) is of the file.
 */
import { isIP } from 'node:net';
import { knownImage, ROLE_USER } from './known.ts';
import { type Fields, filled, type Part, placeOf } from './objects.ts';
import type { Ports } from './ports.ts';

export interface Security {
  /** `securityContext` of the pod. */
  readonly pod: Fields;
  /** `securityContext` of the container. */
  readonly container: Fields;
}

export function securityOf(part: Part, { listening }: Ports, { keeps }: { readonly keeps: boolean }): Security {
  const { service, role, lose } = part;
  const { user, group } = userOf(part);
  const owner = group ?? user ?? (role === undefined ? undefined : ROLE_USER);
  const isLow = user !== 0 && listening.some(({ port }) => port < 1024);
  for (const option of service.securityOptions) {
    if (/^no-new-privileges(:true)?$/.test(option)) continue;
    lose('security_opt', `${option}: pods have seccomp's default`, placeOf(service, 'security_opt'));
  }
  if (service.isPrivileged) {
    lose('privileged', 'no pod is: it would be root on its node', placeOf(service, 'privileged'));
  }
  return {
    pod: filled({
      runAsNonRoot: user !== 0,
      ...{ runAsUser: user, runAsGroup: group },
      ...(keeps && owner !== undefined && owner !== 0 ? { fsGroup: owner, fsGroupChangePolicy: 'OnRootMismatch' } : {}),
      // In Docker anybody may listen there. This is one of the sysctls that every pod may set.
      sysctls: isLow ? [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] : [],
      seccompProfile: { type: 'RuntimeDefault' },
    }),
    container: {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: service.isReadOnly,
      ...capabilitiesOf(part),
    },
  };
}

interface User {
  readonly user: number | undefined;
  readonly group: number | undefined;
}

function userOf({ service, role, lose }: Part): User {
  const { user: said, image = '' } = service;
  const at = placeOf(service, 'user');
  if (said !== undefined && said !== '') {
    const [, user, group] = /^(\d{1,9}|root)(?::(\d{1,9}|root))?$/.exec(said) ?? [];
    if (user !== undefined) return { user: numberOf(user), group: group === undefined ? undefined : numberOf(group) };
    lose(
      'user',
      `${said} is a name, and Kubernetes wants its number: a pod whose image runs as root does not start`,
      at,
    );
    return { user: undefined, group: undefined };
  }
  const known = knownImage(image);
  if (known) return { user: known.user, group: known.user };
  if (role === undefined) {
    lose('user', 'nobody says as whom it runs: a pod whose image runs as root does not start; give it a number', at);
  }
  return { user: undefined, group: undefined };
}

function numberOf(text: string): number {
  return text === 'root' ? 0 : Number(text);
}

function capabilitiesOf({ service: { capabilities } }: Part): Fields {
  const named = (
    list: readonly string[],
  ): string[] => [...new Set(list.map((name) => name.toUpperCase().replace(/^CAP_/, '')))];
  return filled({ capabilities: filled({ add: named(capabilities.add), drop: named(capabilities.drop) }) });
}

/** `extra_hosts`, as Kubernetes puts them into /etc/hosts. */
export function hostAliasesOf({ service, lose }: Part): Fields[] {
  const names = new Map<string, string[]>();
  for (const [name, address] of service.extraHosts) {
    if (isIP(address) === 0) {
      lose('extra_hosts', `${name}: ${address} is no address`, placeOf(service, 'extra_hosts'));
    } else {
      names.set(address, [...(names.get(address) ?? []), name]);
    }
  }
  return [...names].map(([ip, hostnames]) => ({ ip, hostnames }));
}
