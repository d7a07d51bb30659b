// All texts of the page, in the language of the person.
import { de } from './de';
import { en, type Texts } from './en';

export type Language = 'en' | 'de';
const all: Record<Language, Texts> = { en, de };
const key = 'hive.language';

class Words {
  language = $state<Language>(first());

  set(language: Language) {
    this.language = language;
    localStorage.setItem(key, language);
    document.documentElement.lang = language;
  }
}

function first(): Language {
  const kept = localStorage.getItem(key) ?? navigator.languages.find((l) => l.slice(0, 2) in all)?.slice(0, 2) ?? 'en';
  const language = kept in all ? (kept as Language) : 'en';
  document.documentElement.lang = language;
  return language;
}

export const words = new Words();

/** The texts in the present language. */
export const say = (): Texts => all[words.language];
