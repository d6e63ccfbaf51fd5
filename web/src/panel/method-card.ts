// One method: its style, its learning rate, what became of it, and all hyperparameters.

import { ICONS, fill, h, icon, iconButton, setText } from "../dom";
import { hyperparameterText, t } from "../i18n";
import type { Page } from "../page";
import type { Hyperparameter } from "../protocol";
import { formatSpec, methodNamed, parseSpec, scaleOf, shortNumber, valueText, withPair } from "../spec";
import { verdictOf } from "../verdict";
import { colorOf, dashOf, palette } from "../view/theme";

export class MethodCard {
  readonly element: HTMLLIElement;
  readonly style: number;
  isOpen: boolean;
  private swatch = document.createElement("canvas");
  private verdict = h("p", { class: "verdict" });
  private details = h("div", { class: "details" });
  private eye: HTMLButtonElement;
  private controls: (() => void)[] = [];
  private toggle: HTMLButtonElement;
  private shown: { visible: boolean; spec: string } | null = null;

  constructor(
    private page: Page,
    private index: number,
    open: boolean,
    onRemove: () => void,
  ) {
    const { spec, style } = this.method;
    this.style = style;
    this.isOpen = open;
    const name = parseSpec(spec).name;
    this.swatch.className = "swatch";
    this.swatch.setAttribute("aria-hidden", "true");
    this.eye = iconButton(ICONS.eye, t("hide", { name }), () => page.updateMethod(this.index, { visible: !this.method.visible }));
    this.toggle = iconButton(ICONS.more, t("details", { name }), () => {
      this.isOpen = !this.isOpen;
      this.refresh();
    });
    this.toggle.classList.add("toggle");
    const select = h(
      "button",
      { type: "button", class: "name", title: methodNamed(name)?.formula, onclick: () => this.select() },
      this.swatch,
      name,
    );
    const info = methodNamed(name);
    const rate = info?.hyperparameters.find((row) => row.name === "lr");
    this.element = h(
      "li",
      { class: "card" },
      h("div", { class: "card-head" }, select, this.eye, this.toggle, iconButton(ICONS.close, t("remove", { name }), onRemove)),
      rate && !info?.solver ? this.number(rate, t("learningRate")) : null,
      this.verdict,
      this.details,
    );
    this.drawSwatch();
    this.refresh();
  }

  private get method() {
    return this.page.state.methods[this.index]!;
  }

  private select(): void {
    this.page.selected = this.index;
    this.page.notify("selection");
  }

  private set(key: string, value: string | null): void {
    this.page.updateMethod(this.index, { spec: withPair(this.method.spec, key, value) });
  }

  /** A number with a slider where it has a scale. */
  private number(row: Hyperparameter, label: string): HTMLElement {
    const scale = scaleOf(row);
    const input = h("input", {
      type: "text",
      inputMode: "decimal",
      class: "number",
      "aria-label": label,
      title: `${hyperparameterText(row.name, row.meaning)}: ${row.range}`,
      onchange: () => this.set(row.name, input.value === "" ? null : input.value),
    });
    const slider =
      scale &&
      h("input", {
        type: "range",
        min: String(scale.low),
        max: String(scale.high),
        step: "0.01",
        "aria-label": `${label}, ${t("learningRate") === label ? "log" : row.name}`,
        oninput: () => this.set(row.name, shortNumber(scale.toValue(Number(slider!.value)))),
      });
    this.controls.push(() => {
      const text = valueText(parseSpec(this.method.spec), row);
      if (document.activeElement !== input) input.value = text;
      if (slider && document.activeElement !== slider) slider.value = String(scale!.toPosition(Number(text)));
      if (slider) slider.setAttribute("aria-valuetext", text);
    });
    return h("label", { class: `parameter${slider ? "" : " plain"}`, title: hyperparameterText(row.name, row.meaning) }, h("span", {}, label), slider, input);
  }

  private choice(row: Hyperparameter): HTMLElement {
    const select = h(
      "select",
      { "aria-label": row.name, onchange: () => this.set(row.name, select.value) },
      row.choices.map((choice) => h("option", { value: choice }, choice)),
    );
    this.controls.push(() => (select.value = valueText(parseSpec(this.method.spec), row)));
    return h("label", { class: "parameter plain", title: hyperparameterText(row.name, row.meaning) }, h("span", {}, row.name), select);
  }

  private buildDetails(name: string): void {
    const info = methodNamed(name);
    if (!info) return;
    const presets = info.presets.map(({ name: preset, spec }) =>
      h(
        "button",
        { type: "button", class: "chip", title: spec, onclick: () => this.usePreset(spec) },
        t(`convention_${preset}` as "convention_torch"),
      ),
    );
    const rows = info.hyperparameters.filter((row) => row.name !== "lr" || info.solver);
    const clip: Hyperparameter = { name: "clip_norm", value: "", default: "", meaning: t("clipNorm"), range: "> 0", choices: [] };
    fill(
      this.details,
      h("p", { class: "formula" }, info.formula),
      h("p", { class: "source" }, info.source),
      presets.length > 0 && h("div", { class: "chips", role: "group", "aria-label": t("conventions") }, h("span", {}, t("conventions")), presets),
      rows.map((row) => (row.choices.length > 0 ? this.choice(row) : this.number(row, row.name))),
      !info.solver && this.number(clip, t("clipNorm")),
    );
  }

  /** Takes over the conventions of a library; the learning rate stays as it is. */
  private usePreset(text: string): void {
    const preset = parseSpec(text);
    const rate = parseSpec(this.method.spec).pairs.get("lr");
    if (rate !== undefined) preset.pairs.set("lr", rate);
    this.page.updateMethod(this.index, { spec: formatSpec(preset) });
  }

  /** Shows the present state and result. */
  refresh(): void {
    if (!this.method) return;
    const name = parseSpec(this.method.spec).name;
    this.element.classList.toggle("hidden-run", !this.method.visible);
    this.element.classList.toggle("selected", this.page.selected === this.index);
    if (this.isOpen && !this.details.hasChildNodes()) {
      this.buildDetails(name);
      this.shown = null;
    }
    this.details.hidden = !this.isOpen;
    this.toggle.setAttribute("aria-expanded", String(this.isOpen));
    const { visible, spec } = this.method;
    if (this.shown?.visible !== visible) {
      this.eye.replaceChildren(icon(visible ? ICONS.eye : ICONS.eyeOff));
      this.eye.title = t(visible ? "hide" : "show", { name });
      this.eye.setAttribute("aria-label", this.eye.title);
    }
    if (this.shown?.spec !== spec) this.controls.forEach((control) => control());
    this.shown = { visible, spec };
    const result = this.page.results[this.index];
    const verdict = !result ? { text: "…", tone: "plain" } : "error" in result ? { text: result.error.message, tone: "bad" } : verdictOf(result.end);
    const className = `verdict ${verdict.tone}`;
    if (this.verdict.className !== className) this.verdict.className = className;
    setText(this.verdict, verdict.text);
  }

  /** Draws the line with the colour of the present theme. */
  drawSwatch(): void {
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    this.swatch.width = 30 * ratio;
    this.swatch.height = 12 * ratio;
    const context = this.swatch.getContext("2d")!;
    context.scale(ratio, ratio);
    context.strokeStyle = colorOf(palette(), this.style);
    context.lineWidth = 2.6;
    context.setLineDash(dashOf(this.style));
    context.beginPath();
    context.moveTo(0, 6);
    context.lineTo(30, 6);
    context.stroke();
  }
}
