// The language of the page.

import { en, type Messages } from "./en";
import { lessonsEn } from "./lessons-en";
import { lessonsZh } from "./lessons-zh";
import { hyperparametersZh, problemsZh } from "./terms-zh";
import { zh } from "./zh";

const CATALOGUES = { en, zh };
export type Language = keyof typeof CATALOGUES;
export const LANGUAGES: [Language, string][] = [
  ["en", en.language],
  ["zh", zh.language],
];

const KEY = "thalweg-language";

function preferred(): Language {
  const stored = localStorage.getItem(KEY);
  if (stored === "en" || stored === "zh") return stored;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

let current: Language = preferred();

export const language = (): Language => current;

export function setLanguage(language: Language): void {
  current = language;
  localStorage.setItem(KEY, language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

/** The texts of the lessons. */
export const lessonTexts = () => ({ en: lessonsEn, zh: lessonsZh })[current];

/** What a test problem illustrates, in the language of the page. */
export const problemText = (name: string, english: string): string => (current === "zh" ? (problemsZh[name] ?? english) : english);

/** What a hyperparameter means, in the language of the page. */
export const hyperparameterText = (name: string, english: string): string => (current === "zh" ? (hyperparametersZh[name] ?? english) : english);

/** Returns a message, with the values in the places of their names in braces. */
export function t(key: keyof Messages, values: Record<string, string | number> = {}): string {
  return CATALOGUES[current][key].replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
