// How the learning rates are chosen: by hand, the same for all, or each at its best.

import { fill, h } from "../dom";
import { t } from "../i18n";
import type { Page } from "../page";
import { shortNumber, withPair } from "../spec";
import { type RatePolicy, sceneOf } from "../state";

const POLICIES: RatePolicy[] = ["own", "same", "best"];

export function ratePolicy(page: Page): HTMLElement {
  const element = h("div", { class: "policy" });
  let busy = false;
  let note = "";

  const shared = (position: number) => {
    const rate = shortNumber(Number((10 ** position).toPrecision(3)));
    page.update({ methods: page.state.methods.map((method) => ({ ...method, spec: withPair(method.spec, "lr", rate) })) });
  };
  const search = async () => {
    const specs = page.state.methods.map(({ spec }) => spec).filter((spec) => !spec.startsWith("lbfgs"));
    busy = true;
    show(0, 1);
    try {
      const found = await page.engine.call("tune", { scene: sceneOf(page.state), methods: specs }, show);
      const chosen = new Map(specs.map((spec, i) => [spec, found[i]!.spec]));
      note = t("tuned", { runs: Math.max(0, ...found.map(({ runs }) => runs)), steps: page.state.steps });
      busy = false;
      page.update({ methods: page.state.methods.map((method) => ({ ...method, spec: chosen.get(method.spec) ?? method.spec })) });
    } catch (error) {
      note = error instanceof Error && error.message !== "interrupted" ? error.message : "";
    }
    busy = false;
    build();
  };
  const progress = h("progress", { max: 1, value: 0 });
  const progressText = h("span", { class: "progress-text" });
  const show = (done: number, total: number) => {
    if (!progress.isConnected) build();
    progress.max = Math.max(total, done);
    progress.value = done;
    progressText.textContent = t("tuning", { done, total: Math.max(total, done) });
  };

  const build = () => {
    const { policy } = page.state;
    const choose = h(
      "select",
      { "aria-label": t("rates"), onchange: () => page.update({ policy: choose.value as RatePolicy }) },
      POLICIES.map((value) => h("option", { value, selected: value === policy }, t(`rates_${value}`))),
    );
    const slider =
      policy === "same" &&
      h("input", { type: "range", min: "-6", max: "1", step: "0.01", value: "-2", "aria-label": t("rates_same"), oninput: (event: Event) => shared(Number((event.target as HTMLInputElement).value)) });
    const tune =
      policy === "best" &&
      (busy
        ? [progress, progressText, h("button", { type: "button", class: "chip", onclick: () => page.engine.restart() }, t("cancel"))]
        : [h("button", { type: "button", class: "primary", onclick: () => void search() }, t("tune"))]);
    fill(
      element,
      h("label", { class: "parameter" }, h("span", {}, t("rates")), choose),
      slider || null,
      ...(tune || []),
      policy === "best" && !busy && note !== "" && h("p", { class: "note" }, note),
    );
  };
  let shown = page.state.policy;
  page.listen((change) => {
    if (change === "language" || (change === "state" && page.state.policy !== shown)) {
      shown = page.state.policy;
      build();
    }
  });
  build();
  return element;
}
