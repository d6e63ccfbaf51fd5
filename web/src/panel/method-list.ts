// The methods that take part, one card each.

import { fill, h } from "../dom";
import { t } from "../i18n";
import type { Page } from "../page";
import { methodNamed, tables } from "../spec";
import { MAX_METHODS } from "../state";
import { MethodCard } from "./method-card";
import { ratePolicy } from "./rate-policy";

export function methodList(page: Page): HTMLElement {
  const element = h("section", { class: "methods", "aria-label": t("methods") });
  const list = h("ul", { class: "cards" });
  const policy = ratePolicy(page);
  let cards: MethodCard[] = [];

  const add = h("select", { class: "add", onchange: () => append(add.value) });
  const append = (name: string) => {
    const method = methodNamed(name);
    add.value = "";
    if (!method || page.state.methods.length >= MAX_METHODS) return;
    const used = new Set(page.state.methods.map(({ style }) => style));
    const style = Array.from({ length: MAX_METHODS }, (_, i) => i).find((style) => !used.has(style)) ?? 0;
    page.update({ methods: [...page.state.methods, { spec: method.spec, style, visible: true }] });
  };
  const remove = (index: number) => {
    page.selected = Math.max(0, Math.min(page.selected, page.state.methods.length - 2));
    page.update({ methods: page.state.methods.filter((_, i) => i !== index) });
  };

  /** Which cards there are: a change rebuilds the list, all else changes the cards in place. */
  const signature = () => page.state.methods.map(({ spec, style }) => `${style}${spec.split(":")[0]}`).join();
  let built = "";
  const build = () => {
    built = signature();
    const open = new Set(cards.filter((card) => card.isOpen).map((card) => card.style));
    cards = page.state.methods.map((method, index) => new MethodCard(page, index, open.has(method.style), () => remove(index)));
    fill(list, cards.map((card) => card.element));
    fill(add, h("option", { value: "" }, `+ ${t("addMethod")}`), tables.methods.map(({ name }) => h("option", { value: name }, name)));
    add.setAttribute("aria-label", t("addMethod"));
    fill(element, h("header", { class: "panel-head" }, h("h2", {}, t("methods")), add), policy, list);
    refresh();
  };
  const refresh = () => cards.forEach((card) => card.refresh());
  page.listen((change) => {
    if (change === "language" || (change === "state" && signature() !== built)) build();
    else if (change === "state" || change === "results" || change === "selection") refresh();
    else if (change === "theme") cards.forEach((card) => card.drawSwatch());
  });
  build();
  return element;
}

