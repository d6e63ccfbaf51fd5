// What became of a run, in a few words.

import { t } from "./i18n";
import type { RunEnd } from "./protocol";
import { numberText } from "./view/ticks";

export interface Verdict {
  text: string;
  tone: "good" | "bad" | "plain";
}

export function verdictOf(end: RunEnd): Verdict {
  const steps = end.steps;
  if (end.reason === "not_finite") {
    return { text: t("verdict_diverged", { steps }) + stability(end), tone: "bad" };
  }
  if (end.kind === "saddle") return { text: t("verdict_saddle", { steps }), tone: "bad" };
  if (end.kind === "maximum") return { text: t("verdict_maximum", { steps }), tone: "bad" };
  if (end.kind === "minimum") return { text: t("verdict_minimum", { steps }), tone: "good" };
  if (end.reason === "gradient_tolerance") return { text: t("verdict_converged", { steps }), tone: "good" };
  if (end.reason === "line_search_failed") return { text: t("verdict_failed", { steps }), tone: "plain" };
  return { text: t("verdict_running", { steps, f: numberText(end.value) }) + stability(end), tone: "plain" };
}

function stability(end: RunEnd): string {
  if (end.stability === null || end.stability <= 1) return "";
  return ` · ${t("verdict_unstable", { factor: numberText(end.stability, 2) })}`;
}
