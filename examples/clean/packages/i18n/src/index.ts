import { de } from './locales/de';
import { en } from './locales/en';

export type TranslationKey = keyof typeof en;

const LOCALES: Record<string, Partial<Record<TranslationKey, string>>> = { de, en };

/** The text of a key in a language; English where the language is unknown. */
export function translate(language: string, key: TranslationKey): string {
  return LOCALES[language]?.[key] ?? en[key];
}
