// What the hive tells by a code, in words. For a code that the page does not know the hive has words of its own.
import type { Schemas } from '../api/client';
import { date, size } from './format';
import { say } from './index.svelte';

type Facts = Schemas['HealthFacts'];
export type HealthCode = Schemas['HealthPart']['code'];
export type HealthWords = Required<Omit<Facts, 'free' | 'reserve' | 'oldest'>> & { free: string; reserve: string; oldest: string };

const none: Required<Omit<Facts, 'oldest'>> = { free: 0, reserve: 0, damaged: 0, connected: 0, partners: 0, reached: 0, messages: 0, hives: 0, shares: 0, held: 0, stuck: 0, share: '', task: '', reason: '' };

export function partText(part: Schemas['HealthPart']): string {
  const told: Partial<Record<string, (f: HealthWords) => string>> = say().admin.told;
  const f = { ...none, ...part.facts };
  return told[part.code]?.({ ...f, free: size(f.free), reserve: size(f.reserve), oldest: f.oldest ? date(f.oldest) : '' }) ?? part.text;
}

type Kind = 'because' | 'advice' | 'unreached';

export function doctorText(kind: Kind, text: string | undefined, code: string | undefined, about?: string): string {
  const told: Partial<Record<string, (about: string) => string>> = say().hives[kind];
  return told[code ?? '']?.(about ?? '') ?? text ?? '';
}

/** Why a hive is not reached. */
export const unreached = (a: { error?: string; error_code?: string; error_about?: string }) => doctorText('unreached', a.error, a.error_code, a.error_about);
