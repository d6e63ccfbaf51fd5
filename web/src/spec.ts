// The text form of a method, `name:key=value,…`, as a list of pairs.

import catalog from "./wasm/catalog.json";
import type { Catalog, Hyperparameter, MethodInfo } from "./protocol";

export const tables = catalog as unknown as Catalog;

export interface Spec {
  name: string;
  pairs: Map<string, string>;
}

export function parseSpec(text: string): Spec {
  const [name = "", ...rest] = text.split(":");
  const pairs = new Map<string, string>();
  for (const pair of rest.join(":").split(",")) {
    const [key = "", ...value] = pair.split("=");
    if (key.trim() !== "") pairs.set(key.trim(), value.join("=").trim());
  }
  return { name: name.trim(), pairs };
}

export function formatSpec({ name, pairs }: Spec): string {
  const text = [...pairs].map(([key, value]) => `${key}=${value}`).join(",");
  return text === "" ? name : `${name}:${text}`;
}

/** Sets a key, or removes it for null. A typed comma or colon would begin another key, so they are left out. */
export function withPair(text: string, key: string, value: string | null): string {
  const spec = parseSpec(text);
  if (value === null) spec.pairs.delete(key);
  else spec.pairs.set(key, value.replace(/[,:=\s]/g, ""));
  return formatSpec(spec);
}

export const methodNamed = (name: string): MethodInfo | undefined => tables.methods.find((method) => method.name === name);

/** The value of a hyperparameter as text: that of the spec, else the default. */
export function valueText(spec: Spec, hyperparameter: Hyperparameter): string {
  return spec.pairs.get(hyperparameter.name) ?? shortNumber(hyperparameter.default);
}

/** A number as a person would type it. */
export function shortNumber(value: number | string): string {
  if (typeof value === "string") return value;
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) return value.toExponential().replace("e+", "e");
  return String(value);
}

/** A scale of a slider: position to value and back. */
export interface Scale {
  low: number;
  high: number;
  toValue: (position: number) => number;
  toPosition: (value: number) => number;
}

const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

/** The scale of a hyperparameter: logarithmic for rates and ε, logarithmic in 1 − value for decay rates. */
export function scaleOf(hyperparameter: Hyperparameter): Scale | null {
  if (hyperparameter.name === "lr") return logScale(-6, 1);
  if (hyperparameter.name === "eps") return logScale(-12, 0);
  if (hyperparameter.range === "in [0, 1)") {
    return {
      low: 0,
      high: 4,
      toValue: (position) => (position <= 0 ? 0 : Number((1 - 10 ** -position).toFixed(Math.ceil(position) + 1))),
      toPosition: (value) => Math.min(4, -Math.log10(Math.max(1e-4, 1 - value))),
    };
  }
  return null;
}

function logScale(low: number, high: number): Scale {
  return {
    low,
    high,
    toValue: (position) => rounded(10 ** position, 3),
    toPosition: (value) => Math.max(low, Math.min(high, Math.log10(Math.max(1e-300, value)))),
  };
}
