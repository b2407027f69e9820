/** Where things stand in the chart. */

export interface Frame {
  readonly width: number;
  /** Of the part with the speed. */
  readonly top: number;
  readonly bottom: number;
  readonly untilMs: number;
  readonly x: (ms: number) => number;
  readonly y: (speed: number) => number;
}

/** Pixels. */
export const LEFT = 40;
export const RIGHT = 12;

/** A coordinate as it is written. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
