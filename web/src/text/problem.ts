// What went wrong, in words.
import { Problem } from '../api/client';
import { say } from './index.svelte';

export function problemText(err: unknown): string {
  const t = say().problems;
  if (!(err instanceof Problem)) return t.unknown;
  const known = (t.codes as Record<string, string>)[err.code];
  if (err.code === 'too_many_attempts' && err.retryAfter) return t.waitSeconds(err.retryAfter);
  if (err.code === 'invalid' && err.fields.length) return err.fields.map((f) => f.message).join('; ');
  return known ?? (err.message || t.unknown);
}
