// Two charts over the time of the race, whose pointers are linked.

import { fill, h, setText } from "../dom";
import { drawSoon } from "../frames";
import { t } from "../i18n";
import type { Page } from "../page";
import { Column } from "../protocol";
import type { ChartKind } from "../state";
import { ChartView } from "../view/chart";
import { at, rowAt, rowCount } from "../view/paths";
import { palette } from "../view/theme";
import { numberText } from "../view/ticks";

const KINDS: ChartKind[] = ["value", "norm", "length", "rate", "effective_x", "effective_y"];

export function charts(page: Page): HTMLElement {
  const element = h("section", { class: "charts" });
  const seek = (time: number) => {
    page.playing = false;
    page.setTime(Math.round(time));
  };
  const hover = (time: number | null) => {
    page.hover = time;
    page.notify("hover");
  };
  const views = [0, 1].map(() => new ChartView(seek, hover));
  const readout = h("p", { class: "readout", "aria-live": "off" });
  let colors = palette();

  const label = (kind: ChartKind) => {
    const [x, y] = page.axes;
    if (kind === "value" && page.state.logScale) return t(page.info?.unbounded ? "chart_size" : "chart_gap");
    return t(`chart_${kind}`, { x, y });
  };
  const build = () => {
    const choices = [0, 1].map((i) => {
      const select = h(
        "select",
        {
          class: "chart-kind",
          "aria-label": t("chart_value"),
          onchange: () => {
            const kinds: [ChartKind, ChartKind] = [...page.state.charts];
            kinds[i] = select.value as ChartKind;
            page.update({ charts: kinds });
          },
        },
        KINDS.map((kind) => h("option", { value: kind, selected: page.state.charts[i] === kind }, label(kind))),
      );
      views[i]!.canvas.setAttribute("role", "img");
      views[i]!.canvas.setAttribute("aria-label", label(page.state.charts[i]!));
      return h("figure", {}, h("figcaption", {}, select), views[i]!.canvas);
    });
    const scale = h(
      "div",
      { class: "tabs", role: "group" },
      ([true, false] as const).map((log) =>
        h(
          "button",
          { type: "button", class: "chip", id: log ? "scale-log" : "scale-linear", "aria-pressed": String(page.state.logScale === log), onclick: () => page.update({ logScale: log }) },
          t(log ? "log" : "linear"),
        ),
      ),
    );
    fill(element, h("div", { class: "chart-row" }, choices), h("div", { class: "chart-foot" }, readout, scale));
  };
  /** The lowest value of any run or the known minimum, from which a logarithmic axis counts; null without a bound. */
  const base = () => {
    if (page.info?.unbounded) return null;
    let lowest = page.info?.lowest ?? Infinity;
    for (const { run } of page.tracks) {
      for (let row = 0; row < rowCount(run); row++) lowest = Math.min(lowest, at(run, row, Column.Value));
    }
    return Number.isFinite(lowest) ? lowest : 0;
  };
  const clock = h("span", { class: "value" });
  let numbers: HTMLElement[] = [];
  let listed = "";
  /** Shows the value of each method at the time under the pointer, else at the present. */
  const showReadout = () => {
    const shown = page.tracks.filter(({ main }) => main);
    const names = JSON.stringify(shown.map(({ spec, style }) => [spec.split(":")[0], style]));
    if (names !== listed) {
      listed = names;
      numbers = shown.map(() => h("b", {}));
      const entries = shown.map(({ spec, style }, i) => h("span", { class: "value" }, h("span", { class: `dot s${style % 8}` }), `${spec.split(":")[0]} `, numbers[i]!));
      fill(readout, clock, entries);
    }
    const time = page.hover ?? page.time;
    setText(clock, `${t(page.clock === "steps" ? "axisStep" : "axisEvaluations")} ${Math.round(Math.min(time, 1e9))}`);
    shown.forEach(({ run }, i) => setText(numbers[i]!, numberText(at(run, rowAt(run, time, page.clock), Column.Value))));
  };
  let lowest: number | null = 0;
  const draws = views.map((view, i) => () => {
    const { tracks, clock, moving, time, hover } = page;
    view.draw({ tracks, kind: page.state.charts[i]!, log: page.state.logScale, clock, moving, time, hover, base: lowest }, colors);
  });
  const redraw = () => [...draws, showReadout].forEach(drawSoon);
  let signature = "";
  page.listen((change) => {
    const now = JSON.stringify([page.state.charts, page.state.logScale, page.info?.variables, page.info?.unbounded]);
    if (change === "language" || now !== signature) {
      signature = now;
      build();
    }
    if (change === "theme") colors = palette();
    if (change === "results") lowest = base();
    redraw();
  });
  new ResizeObserver(redraw).observe(element);
  build();
  return element;
}
