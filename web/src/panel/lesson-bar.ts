// The guided pages: text and claim of the present lesson.

import { fill, h } from "../dom";
import { lessonTexts, t } from "../i18n";
import { LESSONS } from "../lessons";
import type { Page } from "../page";
import { type State, initialState } from "../state";

/** The state of the page with which a lesson begins. */
export const lessonState = (index: number): State => ({ ...initialState(), ...LESSONS[index], lesson: index });

export function lessonBar(page: Page): HTMLElement {
  const element = h("section", { class: "lesson", "aria-live": "polite" });
  let shown: number | null = null;

  const open = (index: number) => {
    page.selected = 0;
    page.update(lessonState(index));
  };
  const build = () => {
    const index = page.state.lesson;
    const text = index === null ? undefined : lessonTexts()[index];
    element.hidden = !text;
    if (!text || index === null) return;
    fill(
      element,
      h(
        "div",
        { class: "lesson-head" },
        h("p", { class: "eyebrow" }, t("lesson", { n: index + 1, count: LESSONS.length })),
        h(
          "div",
          { class: "chips" },
          h("button", { type: "button", class: "chip", id: "lesson-previous", disabled: index === 0, onclick: () => open(index - 1) }, t("previous")),
          h("button", { type: "button", class: "chip", id: "lesson-next", disabled: index === LESSONS.length - 1, onclick: () => open(index + 1) }, t("next")),
          h("button", { type: "button", class: "chip", id: "lesson-leave", onclick: () => page.update({ lesson: null }) }, t("leave")),
        ),
      ),
      h("h2", {}, text.title),
      h("p", {}, text.text),
      h("p", { class: "claim" }, h("b", {}, `${t("claim")}: `), text.claim),
      h("p", { class: "try" }, h("b", {}, `${t("tryIt")}: `), text.check),
    );
  };
  page.listen((change) => {
    if (change === "language") build();
    if (change !== "state" || shown === page.state.lesson) return;
    const entered = shown === null && page.state.lesson !== null;
    shown = page.state.lesson;
    build();
    // Opened by the tab: the lesson brings its own state.
    if (entered && page.state.lesson !== null) open(page.state.lesson);
  });
  shown = page.state.lesson;
  build();
  return element;
}
