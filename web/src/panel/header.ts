// The head of the page: name, lessons, language, theme, sharing.

import { fill, h } from "../dom";
import { LANGUAGES, type Language, language, setLanguage, t } from "../i18n";
import type { Page } from "../page";
import type { Window2 } from "../protocol";
import { shareButton } from "./share";

const THEMES = ["auto", "light", "dark"] as const;
const KEY = "thalweg-theme";

function applyTheme(theme: string): void {
  if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;
  else delete document.documentElement.dataset["theme"];
}

export function header(page: Page, windowOf: () => Window2): HTMLElement {
  const element = h("header", { class: "top" });
  const share = shareButton(page, windowOf);
  applyTheme(localStorage.getItem(KEY) ?? "auto");
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => page.notify("theme"));

  const build = () => {
    const theme = h(
      "select",
      {
        "aria-label": t("theme"),
        onchange: () => {
          localStorage.setItem(KEY, theme.value);
          applyTheme(theme.value);
          page.notify("theme");
        },
      },
      THEMES.map((value) => h("option", { value, selected: value === (localStorage.getItem(KEY) ?? "auto") }, t(`theme_${value}`))),
    );
    const languages = h(
      "select",
      {
        id: "language",
        "aria-label": t("languageLabel"),
        onchange: () => {
          setLanguage(languages.value as Language);
          page.notify("language");
        },
      },
      LANGUAGES.map(([value, name]) => h("option", { value, selected: value === language() }, name)),
    );
    const isLesson = page.state.lesson !== null;
    const tab = (id: string, name: string, pressed: boolean, lesson: number | null) =>
      h("button", { type: "button", id, class: "tab", "aria-pressed": String(pressed), onclick: () => page.update({ lesson }) }, name);
    fill(
      element,
      h("h1", {}, h("img", { src: "icon.svg", alt: "", width: 26, height: 26 }), h("span", {}, "thalweg"), h("span", { class: "light" }, t("explore"))),
      h("nav", { "aria-label": t("lessons") }, tab("tab-explore", t("explore"), !isLesson, null), tab("tab-lessons", t("lessons"), isLesson, page.state.lesson ?? 0)),
      h("div", { class: "top-options" }, languages, theme, share),
    );
  };
  let lesson = page.state.lesson;
  page.listen((change) => {
    if (change === "language" || (change === "state" && lesson !== page.state.lesson)) {
      lesson = page.state.lesson;
      build();
    }
  });
  build();
  return element;
}
