// What all methods share: steps, schedule, noise, starts, the end of the runs.

import { fill, h } from "../dom";
import { t } from "../i18n";
import type { Page } from "../page";
import { shortNumber } from "../spec";

const SCHEDULES = ["constant", "cosine", "polynomial", "step", "exponential", "inverse", "warmup"] as const;

/** The text form of a schedule of the list, for a number of steps. */
function scheduleText(name: (typeof SCHEDULES)[number], steps: number): string | null {
  const half = Math.max(1, Math.round(steps / 2));
  const tenth = Math.max(1, Math.round(steps / 10));
  return {
    constant: null,
    cosine: "cosine",
    polynomial: "polynomial",
    step: `step:every=${half}`,
    exponential: "exponential:rate=0.99",
    inverse: "inverse:rate=0.05",
    warmup: `warmup:steps=${tenth}+cosine`,
  }[name];
}

export function settings(page: Page): HTMLElement {
  const element = h("section", { class: "settings" });
  const number = (id: string, label: string, read: () => string, write: (value: number) => void, whole = false): HTMLElement => {
    const input = h("input", {
      id,
      type: "text",
      inputMode: whole ? "numeric" : "decimal",
      class: "number",
      onchange: () => {
        const value = Number(input.value);
        if (input.value.trim() !== "" && Number.isFinite(value) && value >= 0) write(whole ? Math.round(value) : value);
        input.value = read();
      },
    });
    refreshers.push(() => {
      if (document.activeElement !== input) input.value = read();
    });
    return h("label", { class: "parameter plain" }, h("span", {}, label), input);
  };
  let refreshers: (() => void)[] = [];

  const build = () => {
    refreshers = [];
    const schedule = h(
      "select",
      {
        id: "schedule",
        onchange: () => page.update({ schedule: scheduleText(schedule.value as "cosine", page.state.steps) }),
      },
      SCHEDULES.map((name) => h("option", { value: name }, t(`schedule_${name}`))),
      h("option", { value: "", hidden: true }),
    );
    refreshers.push(() => {
      const { schedule: text, steps } = page.state;
      const known = SCHEDULES.find((name) => scheduleText(name, steps) === text);
      const other = schedule.querySelector<HTMLOptionElement>("option[value='']")!;
      other.textContent = text ?? "";
      schedule.value = known ?? "";
    });
    fill(
      element,
      h("header", { class: "panel-head" }, h("h2", {}, t("settings"))),
      h(
        "div",
        { class: "grid" },
        number("steps", t("maxSteps"), () => String(page.state.steps), (steps) => page.update({ steps: Math.max(1, Math.min(100_000, steps)) }), true),
        number("starts", t("starts"), () => String(page.state.starts), (starts) => page.update({ starts: Math.max(1, Math.min(100, starts)) }), true),
        number("noise", t("noise"), () => shortNumber(page.state.noise ?? page.info?.noise ?? 0), (noise) => page.update({ noise })),
        number("seed", t("seed"), () => String(page.state.seed), (seed) => page.update({ seed: Math.min(2 ** 31, seed) }), true),
        number("stop", t("stopAt"), () => shortNumber(page.state.gradientNorm), (gradientNorm) => page.update({ gradientNorm })),
        h("label", { class: "parameter plain" }, h("span", {}, t("schedule")), schedule),
      ),
    );
    refreshers.forEach((refresh) => refresh());
  };
  page.listen((change) => {
    if (change === "language") build();
    else if (change === "state" || change === "function") refreshers.forEach((refresh) => refresh());
  });
  build();
  return element;
}
