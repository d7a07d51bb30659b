// Sizes and times for people.
import { words } from './index.svelte';

const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

export function size(bytes: number): string {
  let n = bytes;
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  const digits = unit === 0 || n >= 100 ? 0 : n >= 10 ? 1 : 1;
  return n.toLocaleString(words.language, { maximumFractionDigits: digits }) + '\u00a0' + units[unit];
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = words.language + kind;
  let f = formats.get(key);
  if (!f) formats.set(key, (f = new Intl.DateTimeFormat(words.language, options)));
  return f;
}

/** A date as short as it says enough: the time for today, the year for other years. */
export function date(text: string): string {
  const at = new Date(text);
  const now = new Date();
  if (at.toDateString() === now.toDateString()) return format('time', { hour: '2-digit', minute: '2-digit' }).format(at);
  if (at.getFullYear() === now.getFullYear()) return format('day', { day: 'numeric', month: 'short' }).format(at);
  return format('year', { day: 'numeric', month: 'short', year: 'numeric' }).format(at);
}

export const fullDate = (text: string) => format('full', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(text));

const steps: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86400], ['hour', 3600], ['minute', 60]];

/** How long ago, or how far ahead. */
export function ago(text: string): string {
  const seconds = (new Date(text).getTime() - Date.now()) / 1000;
  const relative = new Intl.RelativeTimeFormat(words.language, { numeric: 'auto' });
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
  }
  return relative.format(Math.round(seconds), 'second');
}

export const count = (n: number) => n.toLocaleString(words.language);
