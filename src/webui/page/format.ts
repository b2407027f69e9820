/** Numbers and times for people; what is not known is a dash, never a zero. */

const UNKNOWN = '–';

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** `12 345`; from 10^9 on `1.23 B`. */
export function count(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value >= 1e9) return short(value);
  return Math.round(value).toLocaleString('en').replaceAll(',', '\u202f');
}

/** `3.33`, `1 234`, `36.4 M`. */
export function perSecond(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value < 1000) return value.toFixed(2);
  return value < 100_000 ? count(value) : short(value);
}

/** `940`, `36.4 M`: for axes, where there is no room. */
export function short(value: number): string {
  return value < 1000 ? String(value) : compact.format(value).replace(/(?=[A-Z])/, '\u202f');
}

export function milliseconds(value: number | null): string {
  if (value === null) return UNKNOWN;
  return value < 10 ? `${value.toFixed(1)} ms` : `${count(value)} ms`;
}

/** How long ago: `12 s`, `5 min`, `3 h`. */
export function age(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  return `${Math.floor(whole / 3600)} h`;
}

/** `1 worker`, `2 workers`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** The time of day here, as fine as a span of so many seconds needs it. */
export function clockTime(at: number, spanSeconds: number): string {
  const date = new Date(at * 1000);
  const time = date.toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(spanSeconds <= 900 ? { second: '2-digit' } : {}),
  });
  return spanSeconds <= 86_400
    ? time
    : `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`;
}
