// The choice of the function: a test problem, or a formula with its error under the character.

import { fill, h, setText } from "../dom";
import { problemText, t } from "../i18n";
import type { Page } from "../page";
import { dataButton } from "./data-dialog";
import { shortNumber, tables } from "../spec";

const OWN = "";

export function functionBar(page: Page): HTMLElement {
  const element = h("section", { class: "function-bar" });
  const select = h("select", { id: "problem", onchange: () => choose(select.value) });
  const input = h("input", {
    id: "formula",
    type: "text",
    autocomplete: "off",
    spellcheck: false,
    maxLength: 1 << 21,
    oninput: () => type(input.value),
    "aria-describedby": "formula-error",
  });
  const parameter = h("input", { id: "parameter", type: "text", inputMode: "decimal", onchange: () => choose(select.value, parameter.value) });
  const parameterField = h("label", { class: "field short" }, h("span", { class: "label" }), parameter);
  const error = h("pre", { id: "formula-error", class: "error", role: "alert" });
  const data = dataButton(page);
  const label = h("span", { class: "label" });
  const about = h("p", { class: "about" });

  const choose = (name: string, value?: string) => {
    const problem = tables.problems.find((problem) => problem.name === name);
    const { info } = page;
    if (!problem) {
      const text = info?.formula ?? input.value;
      page.update({ function: { formula: text }, start: page.state.start ?? info?.start ?? null, noise: null, lesson: null });
      input.focus();
      return;
    }
    const key = problem.parameter?.name;
    const text = key && value !== undefined && value.trim() !== "" ? `${name}:${key}=${value.replace(/[,:=\s]/g, "")}` : name;
    page.update({ function: { problem: text }, start: null, camera: null, noise: null, lesson: null });
  };
  const type = (formula: string) => {
    const [wasProblem, wasTable] = ["problem" in page.state.function, "table" in page.state.function];
    page.update({ function: { formula }, lesson: null, ...(wasProblem ? { start: page.state.start ?? page.info?.start ?? null, camera: null } : {}), ...(wasTable ? { start: null, camera: null } : {}) });
  };

  const build = () => {
    fill(
      select,
      h("option", { value: OWN }, `— ${t("ownFormula")} —`),
      tables.problems.map((problem) => h("option", { value: problem.name }, problem.name.replaceAll("_", " "))),
    );
    fill(
      element,
      h("label", { class: "field" }, h("span", { class: "label" }, t("chooseProblem")), select),
      h("label", { class: "field grow" }, label, input),
      parameterField,
      data,
      error,
      about,
    );
    input.placeholder = t("formulaHint");
    show();
  };
  const show = () => {
    const names = page.info?.variables ?? ["x", "y"];
    setText(label, names.length === 2 && !("table" in page.state.function) ? `f(${names.join(", ")}) =` : "f =");
    const current = page.state.function;
    if ("problem" in current) {
      const [name = "", own] = current.problem.split(":");
      const problem = tables.problems.find((problem) => problem.name === name);
      select.value = problem ? name : OWN;
      parameterField.hidden = !problem?.parameter;
      if (problem?.parameter) {
        parameterField.querySelector(".label")!.textContent = problem.parameter.name;
        parameterField.title = problem.parameter.meaning;
        if (document.activeElement !== parameter) parameter.value = own?.split("=")[1] ?? shortNumber(problem.parameter.default);
      }
      setText(about, [problem && problemText(problem.name, problem.illustrates), planeText()].filter(Boolean).join(" · "));
      if (document.activeElement !== input) input.value = page.info?.formula ?? problem?.formula ?? "";
    } else {
      select.value = OWN;
      parameterField.hidden = true;
      setText(about, [tableText(), planeText()].filter(Boolean).join(" "));
      const formula = "formula" in current ? current.formula : "";
      if (document.activeElement !== input && input.value !== formula) input.value = formula.slice(0, 1 << 21);
    }
    showError();
  };
  /** What the table is whose loss is shown. */
  const tableText = () => {
    const { table } = page;
    if (!table || !("table" in page.state.function) || page.functionError) return "";
    const { rows, omitted, weights, positive } = table.info;
    const model = t(positive === null ? "modelLinear" : "modelLogistic");
    const left = omitted > 0 ? ` ${t("dataOmitted", { rows: omitted })}` : "";
    return t("dataShown", { name: table.file, rows, model, target: table.target, weights: weights.length }) + left;
  };
  /** In which plane a function of more than two variables is shown. */
  const planeText = () => (page.plane ? t("planeShown", { n: page.plane.origin.length, percent: (100 * page.plane.explained).toPrecision(3) }) : "");
  const showError = () => {
    const found = page.functionError;
    error.hidden = found === null;
    input.setAttribute("aria-invalid", String(found !== null));
    const excerpt = found?.excerpt ? `${found.excerpt.shown}\n${found.excerpt.caret}\n` : "";
    error.textContent = found ? excerpt + found.message.slice(0, 600) : "";
  };
  page.listen((change) => {
    if (change === "language") build();
    else if (change === "state" || change === "function" || change === "results") show();
  });
  build();
  return element;
}
