// A look inside the present step of one method: the equation with its numbers, the state before and after.

import { fill, h } from "../dom";
import { latest } from "../engine";
import { t } from "../i18n";
import type { Page } from "../page";
import type { StepDetail } from "../protocol";
import { parseSpec } from "../spec";
import { sceneOf } from "../state";
import { Column } from "../protocol";
import { at, rowAt } from "../view/paths";
import { numberText } from "../view/ticks";

type Katex = typeof import("katex").default;
let katex: Promise<Katex> | null = null;

/** The typesetter of equations, which is loaded when the first one is shown. */
const typesetter = (): Promise<Katex> => (katex ??= import("./equations").then((module) => module.katex));

export interface Inspector {
  element: HTMLElement;
  /** The step on the screen with the style of its method; null while the race runs. */
  current: () => { detail: StepDetail; style: number } | null;
}

export function inspector(page: Page, onChange: () => void): Inspector {
  const body = h("div", { class: "inspector-body" });
  const title = h("h2", {});
  const tabs = h("div", { class: "tabs", role: "group" });
  const element = h("section", { class: "inspector", id: "inspector" }, h("header", { class: "panel-head" }, title, tabs), body);
  let coordinate = 0;
  let waiting = 0;
  let shown: { detail: StepDetail; style: number; key: string } | null = null;

  const present = () => {
    const method = page.state.methods[page.selected];
    const result = page.results[page.selected];
    if (!method || !result || "error" in result || page.playing) return null;
    const row = rowAt(result, page.time, page.clock);
    const steps = result.end.steps;
    const step = Math.min(steps, Math.max(1, at(result, row, Column.Step) + 1));
    return steps < 1 ? null : { method, step };
  };
  const load = latest(async (wanted: { scene: ReturnType<typeof sceneOf>; spec: string; style: number; step: number; key: string }) => {
    try {
      const detail = await page.engine.call("inspect", { scene: wanted.scene, method: wanted.spec, step: wanted.step, plane: page.plane });
      shown = { detail, style: wanted.style, key: wanted.key };
    } catch {
      shown = null;
    }
    await show();
    onChange();
  });
  const refresh = () => {
    const now = present();
    if (!now) {
      if (shown) {
        shown = null;
        onChange();
      }
      const heading = t("inside", { t: Math.floor(page.time) });
      if (title.textContent !== heading) title.textContent = heading;
      if (!body.querySelector(".hint.running")) {
        fill(tabs);
        fill(body, h("p", { class: "hint running" }, t("insideHint")));
      }
      return;
    }
    const scene = sceneOf(page.state);
    const key = JSON.stringify([scene, now.method.spec, now.step, page.plane?.origin]);
    if (shown?.key === key) return;
    // What is dragged or scrubbed is not typeset on its way.
    clearTimeout(waiting);
    waiting = window.setTimeout(() => load({ scene, spec: now.method.spec, style: now.method.style, step: now.step, key }), 80);
  };
  const show = async () => {
    const now = shown;
    if (!now) return;
    const { detail } = now;
    const names = page.info?.variables ?? ["x", "y"];
    coordinate = Math.min(coordinate, names.length - 1);
    const isMany = names.length > 2;
    const select = h(
      "select",
      {
        id: "coordinate",
        "aria-label": t("coordinate"),
        onchange: () => {
          coordinate = Number(select.value);
          void show();
        },
      },
      isMany && names.map((name, i) => h("option", { value: String(i), selected: i === coordinate }, name)),
    );
    const method = page.state.methods[page.selected];
    title.textContent = `${t("inside", { t: detail.step })} · ${parseSpec(method?.spec ?? "").name}`;
    fill(
      tabs,
      isMany && select,
      !isMany && names.map((name, i) =>
        h(
          "button",
          {
            type: "button",
            class: "chip",
            "aria-pressed": String(i === coordinate),
            onclick: () => {
              coordinate = i;
              void show();
            },
          },
          name,
        ),
      ),
    );
    const lines = detail.equations[coordinate] ?? [];
    const rendered = lines.length > 0 ? await typesetter() : null;
    if (shown !== now) return;
    const equation = (latex: string, kind: string) => {
      const place = h("div", { class: kind });
      rendered!.render(`\\displaystyle ${latex}`, place, { displayMode: false, throwOnError: false, output: "htmlAndMathml" });
      return place;
    };
    const columns = <T>(values: readonly T[]): readonly T[] => (isMany ? [values[coordinate]!] : values);
    const pair = (values: readonly (number | null)[]) => columns(values).map((value) => h("td", {}, value === null ? "–" : numberText(value)));
    const row = (name: string, values: readonly (number | null)[]) => h("tr", {}, h("th", { scope: "row" }, name), pair(values));
    const memory = ({ parameter, decay, length, weights }: StepDetail["memories"][number]) => {
      const bars = weights.map((weight) => {
        const bar = h("span", {});
        bar.style.height = `${(100 * weight) / weights[0]!}%`;
        return bar;
      });
      return h(
        "figure",
        { class: "memory" },
        h("div", { class: "bars", role: "img", "aria-label": t("memoryBars") }, bars),
        h("figcaption", {}, t("memory", { parameter, decay, length: numberText(length, 3), share: (100 * weights[0]!).toPrecision(3) })),
      );
    };
    fill(
      body,
      h(
        "div",
        { class: "equations" },
        lines.length > 0
          ? lines.map((line) => h("div", { class: "equation" }, equation(line.symbols, "symbols"), equation(line.numbers, "numbers")))
          : h("p", { class: "hint" }, t("noEquation")),
        detail.memories.map(memory),
      ),
      h(
        "table",
        { class: "numbers-table" },
        h("thead", {}, h("tr", {}, h("th", {}), columns(names).map((name) => h("th", { scope: "col" }, name)))),
        h(
          "tbody",
          {},
          row(t("before"), detail.x),
          row(t("gradient"), detail.gradient),
          detail.slots.flatMap((slot) => [row(`${slot.name}, ${t("before")}`, slot.before), row(`${slot.name}, ${t("after")}`, slot.after)]),
          row(t("stepDelta"), detail.delta),
          row(t("effectiveRate"), detail.effective_lr),
          row(t("after"), detail.next),
        ),
      ),
    );
  };
  page.listen((change) => {
    if (change === "language") {
      shown = null;
      refresh();
    } else if (change === "time" || change === "results" || change === "selection") refresh();
  });
  refresh();
  return { element, current: () => (shown && !page.playing ? shown : null) };
}
