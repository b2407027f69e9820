/** When faults may begin: `09:00-17:00`, by the clock of whoever says it. */
import { UsageError } from '../../lib/command-line.ts';

export interface Window {
  /** Undefined: now they may. */
  readonly whyNot: (now: Date) => string | undefined;
}

/** Also over midnight. @throws UsageError naming the flag */
export function parseWindow(name: string, text: string): Window {
  const [, ...parts] = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(text) ?? [];
  const [fromHour, fromMinute, toHour, toMinute] = parts.map(Number);
  if (parts.length === 0 || fromHour! > 23 || toHour! > 23 || fromMinute! > 59 || toMinute! > 59) {
    throw new UsageError(`${name} must be such as 09:00-17:00; got ${JSON.stringify(text)}`);
  }
  const [from, to] = [fromHour! * 60 + fromMinute!, toHour! * 60 + toMinute!];
  const isIn = (minute: number): boolean => from <= to ? minute >= from && minute < to : minute >= from || minute < to;
  return {
    whyNot: (now) =>
      isIn(now.getHours() * 60 + now.getMinutes()) ? undefined : `it is not between ${text.replace('-', ' and ')}`,
  };
}
