/** Ranges of IPv4 addresses (RFC 4632), and which address each machine of a lab has. */

export interface Subnet {
  /** The first address, as a number. */
  readonly base: number;
  /** How many addresses there are. */
  readonly size: number;
  /** `10.101.0.0/20`. */
  readonly text: string;
}

/** Room for a lab, and for that many beside each other. */
export const DEFAULT_SUBNETS: readonly string[] = Array.from({ length: 16 }, (_, at) => `10.101.${at * 16}.0/20`);

/** A bridge of Linux has ports for no more (BR_PORT_BITS in net/bridge/br_private.h). */
const MOST_PORTS = 1023;

/** @throws RangeError for what is no range in which a machine has room */
export function parseSubnet(text: string): Subnet {
  const [, address, bits] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(text) ?? [];
  const parts = address?.split('.').map(Number) ?? [];
  const base = parts.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - Number(bits));
  const isRange = parts.length === 4 && parts.every((part) => part < 256) && Number(bits) >= 8 && Number(bits) <= 29;
  if (isRange && base % size === 0) return { base, size, text };
  throw new RangeError(
    `A subnet is such as 10.101.0.0/20: /8 to /29, beginning at its first address; got ${JSON.stringify(text)}`,
  );
}

export function overlap(a: Subnet, b: Subnet): boolean {
  return a.base < b.base + b.size && b.base < a.base + a.size;
}

/** Without its first address, which is its name, the last, which is for all, and that of the bridge, the second. */
export function capacityOf({ size }: Subnet): number {
  return Math.min(size - 3, MOST_PORTS);
}

/** The bridge has the second address of the range. */
export function gatewayOf({ base }: Subnet): string {
  return format(base + 1);
}

/** Machines are counted from 1. */
export function addressOf({ base }: Subnet, number: number): string {
  return format(base + 1 + number);
}

function format(address: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');
}

/**
 * Numbers for new machines: those behind the highest, so that none gets the name of one that has just gone; where these
 * do not do, the lowest that are free. Undefined when there is no room for so many.
 */
export function freeNumbers(taken: readonly number[], count: number, capacity: number): number[] | undefined {
  const highest = Math.max(0, ...taken);
  if (highest + count <= capacity) return Array.from({ length: count }, (_, at) => highest + 1 + at);
  const isTaken = new Set(taken);
  const free = Array.from({ length: capacity }, (_, at) => at + 1).filter((number) => !isTaken.has(number));
  return free.length < count ? undefined : free.slice(0, count);
}
