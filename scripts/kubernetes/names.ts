/** Names: Compose takes more of them than Kubernetes, whose names are those of DNS. */
import type { Place } from '../lib/compose-model/model.ts';
import { formatPlace } from './objects.ts';

/** DNS-1035, which Services need: begins with a letter. */
const LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** A pod of a StatefulSet bears its name, a number and a label with a hash besides: of 63 there are 11 less. */
const LONGEST_NAME = 52;

/** `My_Service.2` is `my-service-2`. What begins with another sign than a letter gets one; empty is `x`. */
export function toDnsLabel(name: string): string {
  const dashed = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replace(/^-+/, '');
  const begun = /^[a-z]/.test(dashed) ? dashed : `x-${dashed}`;
  return begun.slice(0, LONGEST_NAME).replace(/-+$/, '');
}

/** What is in one namespace: whoever wants a name that somebody has is refused. */
export class Names {
  readonly #owners = new Map<string, { what: string; at: Place }>();

  /** @throws SyntaxError naming both */
  take(name: string, what: string, at: Place): void {
    const owner = this.#owners.get(name);
    if (owner) {
      throw new SyntaxError(
        `Cannot name ${what} ${formatPlace(at)}: in Kubernetes it is ${name}, and so is ${owner.what} ` +
          `${formatPlace(owner.at)}; give one of them another name`,
      );
    }
    this.#owners.set(name, { what, at });
  }
}

export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && LABEL.test(text);
}

/** DNS-1123, for what is no Service: one label of at most 63 signs, or several with dots between. */
export function isDnsName(text: string): boolean {
  return text.length <= 253 &&
    text.split('.').every((label) => label.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(label));
}

/** Of a label or an annotation: `name`, or `example.org/name`. */
export function isLabelKey(key: string): boolean {
  const parts = key.split('/');
  const isQualified = parts.length === 1 || (parts.length === 2 && isDnsName(parts[0]!));
  return isQualified && parts.at(-1) !== '' && isLabelValue(parts.at(-1)!);
}

export function isLabelValue(text: string): boolean {
  return text === '' || (text.length <= 63 && /^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/.test(text));
}

/** Of a variable: what every version takes. */
export function isVariableName(name: string): boolean {
  return /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name);
}
