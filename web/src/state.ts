// The state of the page, and its form in the address: everything on the screen follows from it.

import type { FunctionText, Scene } from "./protocol";

export interface MethodState {
  spec: string;
  /** Index of colour and dash pattern, which stays with the method. */
  style: number;
  visible: boolean;
}

export type View = "map" | "surface";
export type ChartKind = "value" | "norm" | "length" | "rate" | "effective_x" | "effective_y";
export type RatePolicy = "own" | "same" | "best";

export interface State {
  function: FunctionText;
  start: number[] | null;
  /** Centre of the map and half its smaller side, in units of the variables; null to fit the paths. */
  camera: { x: number; y: number; radius: number } | null;
  steps: number;
  gradientNorm: number;
  noise: number | null;
  seed: number;
  schedule: string | null;
  starts: number;
  methods: MethodState[];
  policy: RatePolicy;
  view: View;
  charts: [ChartKind, ChartKind];
  logScale: boolean;
  by: "steps" | "evaluations";
  lesson: number | null;
}

export const MAX_METHODS = 16;
/** Largest number of variables; see `MAX_VARIABLES` in Rust. */
const MAX_VARIABLES = 100;
/** Largest length of an address that is read; a longer one is refused with a message. */
const MAX_ADDRESS = 100_000;
const CHARTS: ChartKind[] = ["value", "norm", "length", "rate", "effective_x", "effective_y"];

export function initialState(): State {
  return {
    function: { problem: "rosenbrock" },
    start: null,
    camera: null,
    steps: 300,
    gradientNorm: 1e-8,
    noise: null,
    seed: 0,
    schedule: null,
    starts: 1,
    methods: [
      { spec: "sgd:lr=0.001", style: 0, visible: true },
      { spec: "momentum:lr=0.001", style: 1, visible: true },
      { spec: "rmsprop:lr=0.02", style: 2, visible: true },
      { spec: "adam:lr=0.1", style: 3, visible: true },
    ],
    policy: "own",
    view: "map",
    charts: ["value", "norm"],
    logScale: true,
    by: "steps",
    lesson: null,
  };
}

/** The part of the state that the computations take. */
export function sceneOf(state: State): Scene {
  return {
    function: state.function,
    start: state.start,
    steps: state.steps,
    gradient_norm: state.gradientNorm,
    noise: state.noise,
    seed: state.seed,
    schedule: state.schedule,
  };
}

/** Writes the state as the fragment of an address, with what differs from the initial state. */
export function encode(state: State): string {
  const initial = initialState();
  const parts: [string, string][] = [];
  const put = (key: string, value: string, byDefault?: string) => {
    if (value !== byDefault) parts.push([key, value]);
  };
  if ("problem" in state.function) parts.push(["problem", state.function.problem]);
  else if ("table" in state.function) parts.push(["table", state.function.table.file], ["target", state.function.table.target]);
  else parts.push(["f", state.function.formula]);
  if (state.start) parts.push(["start", state.start.join(",")]);
  if (state.camera) parts.push(["map", [state.camera.x, state.camera.y, state.camera.radius].map((v) => +v.toPrecision(6)).join(",")]);
  put("steps", String(state.steps), String(initial.steps));
  put("stop", String(state.gradientNorm), String(initial.gradientNorm));
  if (state.noise !== null) parts.push(["noise", String(state.noise)]);
  put("seed", String(state.seed), "0");
  if (state.schedule) parts.push(["schedule", state.schedule]);
  put("starts", String(state.starts), "1");
  put("rates", state.policy, "own");
  put("view", state.view, "map");
  put("charts", state.charts.join(","), initial.charts.join(","));
  if (!state.logScale) parts.push(["scale", "linear"]);
  put("by", state.by, "steps");
  if (state.lesson !== null) parts.push(["lesson", String(state.lesson + 1)]);
  for (const method of state.methods) parts.push([method.visible ? "m" : "hidden", `${method.style}~${method.spec}`]);
  const escape = (text: string) => encodeURIComponent(text).replace(/%(2C|3A|3D|2B|28|29|5E|7E)/g, decodeURIComponent);
  return parts.map(([key, value]) => `${key}=${escape(value).replace(/[=+]/g, (c) => (c === "=" ? "=" : "%2B"))}`).join("&");
}

const finite = (text: string | undefined): number | null => {
  const value = Number(text);
  return text !== undefined && text.trim() !== "" && Number.isFinite(value) ? value : null;
};

function numbers(text: string, low: number, high = low): number[] | null {
  const values = text.split(",").map((part) => finite(part));
  return values.length >= low && values.length <= high && values.every((value) => value !== null) ? (values as number[]) : null;
}

const whole = (text: string, low: number, high: number): number | null => {
  const value = finite(text);
  return value !== null && Number.isInteger(value) && value >= low && value <= high ? value : null;
};

/** Reads the fragment of an address. Parts that cannot be read are named, and have no effect. */
export function decode(fragment: string): { state: State; rejected: string[] } {
  const state = initialState();
  const rejected: string[] = [];
  const text = fragment.replace(/^#/, "");
  if (text === "") return { state, rejected };
  if (text.length > MAX_ADDRESS) return { state, rejected: [`${text.length} > ${MAX_ADDRESS}`] };
  const methods: MethodState[] = [];
  for (const part of text.split("&")) {
    const [key = "", ...rest] = part.split("=");
    let value: string;
    try {
      value = decodeURIComponent(rest.join("="));
    } catch {
      rejected.push(key);
      continue;
    }
    if (!read(state, methods, key, value)) rejected.push(key.slice(0, 40));
  }
  if (methods.length > 0) state.methods = methods;
  return { state, rejected };
}

function read(state: State, methods: MethodState[], key: string, value: string): boolean {
  const set = <T>(read: T | null, apply: (value: T) => void): boolean => {
    if (read === null) return false;
    apply(read);
    return true;
  };
  const among = <T extends string>(values: readonly T[]): T | null => values.find((known) => known === value) ?? null;
  switch (key) {
    case "problem":
      state.function = { problem: value };
      return true;
    case "f":
      state.function = { formula: value };
      return true;
    case "table":
      state.function = { table: { file: value, target: "" } };
      return true;
    case "target":
      if (!("table" in state.function)) return false;
      state.function = { table: { file: state.function.table.file, target: value } };
      return true;
    case "start":
      return set(numbers(value, 2, MAX_VARIABLES), (start) => (state.start = start));
    case "map":
      return set(numbers(value, 3), ([x, y, radius]) => {
        if (radius! > 0) state.camera = { x: x!, y: y!, radius: radius! };
      });
    case "steps":
      return set(whole(value, 1, 100_000), (steps) => (state.steps = steps));
    case "stop":
      return set(finite(value), (norm) => (state.gradientNorm = Math.max(0, norm)));
    case "noise":
      return set(finite(value), (noise) => (state.noise = Math.max(0, noise)));
    case "seed":
      return set(whole(value, 0, 2 ** 31), (seed) => (state.seed = seed));
    case "schedule":
      state.schedule = value;
      return true;
    case "starts":
      return set(whole(value, 1, 100), (starts) => (state.starts = starts));
    case "rates":
      return set(among(["own", "same", "best"] as const), (policy) => (state.policy = policy));
    case "view":
      return set(among(["map", "surface"] as const), (view) => (state.view = view));
    case "charts": {
      const kinds = value.split(",").filter((kind): kind is ChartKind => CHARTS.includes(kind as ChartKind));
      return set(kinds.length === 2 ? kinds : null, ([a, b]) => (state.charts = [a!, b!]));
    }
    case "scale":
      return set(among(["linear", "log"] as const), (scale) => (state.logScale = scale === "log"));
    case "by":
      return set(among(["steps", "evaluations"] as const), (by) => (state.by = by));
    case "lesson":
      return set(whole(value, 1, 99), (lesson) => (state.lesson = lesson - 1));
    case "m":
    case "hidden": {
      const [, style, spec] = /^(\d{1,2})~(.{1,500})$/s.exec(value) ?? [];
      if (spec === undefined || methods.length >= MAX_METHODS) return false;
      methods.push({ spec, style: Number(style) % 16, visible: key === "m" });
      return true;
    }
    default:
      return false;
  }
}
