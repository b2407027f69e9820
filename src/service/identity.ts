/** Who a role is, as its `/version`, its metrics and the page tell it. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';

export interface Identity {
  readonly role: string;
  readonly host: string;
  /** The machine: in a container `host` is the container. */
  readonly node: string;
  readonly version: string;
  readonly revision: string;
  /** `#rrggbb`, so that a rolling update can be seen. */
  readonly colour: string;
  /** Such as `node 26.10.0`. */
  readonly runtime: string;
}

export interface IdentitySettings {
  readonly version: string;
  readonly revision: string;
  readonly colour: string;
  readonly nodeName: string;
}

export function createIdentity(role: string, { version, revision, colour, nodeName }: IdentitySettings): Identity {
  return {
    role,
    host: hostname(),
    node: nodeName || hostname(),
    version,
    revision,
    colour: colour === 'auto' ? colourOf(version) : colour,
    runtime: runtimeName(),
  };
}

function runtimeName(): string {
  const { deno } = process.versions as { deno?: string };
  return deno === undefined ? `node ${process.versions.node}` : `deno ${deno}`;
}

/** Steps of this share of the circle of hues lie far apart, however many are made. */
const GOLDEN = 0.618034;

/** A colour that is always the same for a version, and clearly another one for the next. */
export function colourOf(version: string): string {
  const hue = (stepOf(version) * GOLDEN) % 1;
  const channel = (shift: number): string => {
    const wave = 0.5 + 0.5 * Math.cos(2 * Math.PI * (hue + shift));
    return Math.round(70 + 130 * wave).toString(16).padStart(2, '0');
  };
  return `#${channel(0)}${channel(1 / 3)}${channel(2 / 3)}`;
}

// 1.0.1, 1.1.0 and 2.0.0 are 1, 7 and 49 steps from 1.0.0: all of them a quarter of the circle away, or more.
function stepOf(version: string): number {
  const numbers = /^v?(\d{1,4})((?:\.\d{1,4})*)$/.test(version) ? version.match(/\d+/g)! : undefined;
  if (numbers) return numbers.reduce((step, number) => 7 * step + Number(number), 0);
  return createHash('sha256').update(version).digest().readUInt16BE();
}
