/** Numbers and times for people; what is not known is a dash, never a zero. */

const UNKNOWN = '–';

/** `12 345` */
export function count(value: number | null): string {
  return value === null ? UNKNOWN : Math.round(value).toLocaleString('en').replaceAll(',', '\u202f');
}

/** `3.33`, and from 1000 on whole numbers. */
export function perSecond(value: number | null): string {
  if (value === null) return UNKNOWN;
  return value < 1000 ? value.toFixed(2) : count(value);
}

export function milliseconds(value: number | null): string {
  if (value === null) return UNKNOWN;
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

/** How long ago: `12 s`, `5 min`, `3 h`. */
export function age(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  return `${Math.floor(whole / 3600)} h`;
}
