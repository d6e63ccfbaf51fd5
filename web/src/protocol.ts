// Messages between the page and the worker that computes, and the data in them.

/** Number of columns of a row of a run; see `COLUMNS` in `crates/thalweg-web/src/path.rs`. */
export const COLUMNS = 12;

/** Columns of a row. */
export const enum Column {
  Step,
  Evaluations,
  X,
  Y,
  Value,
  Norm,
  Rate,
  GradientX,
  GradientY,
  Length,
  EffectiveX,
  EffectiveY,
}

export type FunctionText = { problem: string } | { formula: string } | { table: { file: string; target: string } };

/** What the computations know of the page; see `Scene` in Rust. */
export interface Scene {
  function: FunctionText;
  start: number[] | null;
  steps: number;
  gradient_norm: number;
  noise: number | null;
  seed: number;
  schedule: string | null;
}

export type Kind = "minimum" | "maximum" | "saddle" | "degenerate" | "not_critical" | "undefined";

export interface RunEnd {
  spec: string;
  reason: string;
  steps: number;
  evaluations: number;
  x: number[];
  value: number | null;
  gradient_norm: number | null;
  kind: Kind;
  eigenvalues: number[];
  stability: number | null;
}

export interface Run {
  rows: Float64Array;
  end: RunEnd;
}

export interface PageError {
  part: "function" | "method" | "schedule" | "page";
  message: string;
  excerpt?: { shown: string; caret: string };
}

export type RunOrError = Run | { error: PageError };

export interface FunctionInfo {
  name: string;
  formula: string;
  variables: string[];
  start: number[];
  minima: [number, number][];
  noise: number;
  value: number;
  unbounded: boolean;
  lowest: number | null;
}

/** The plane in which a function of more than two variables is shown. */
export interface Plane {
  origin: number[];
  axes: [number[], number[]];
  /** Fraction of the movement of the paths within it. */
  explained: number;
}

export interface ContourData {
  points: Float32Array;
  lengths: Uint32Array;
  bands: Float64Array;
}

/** Size in pixels of the screen and colours of a picture of contours. */
export interface ContourLook {
  width: number;
  height: number;
  lineWidth: number;
  /** From the lowest values to the highest. */
  shades: string[];
  line: string;
}

export interface MarkedPoint {
  x: [number, number];
  value: number;
  kind: Kind;
  eigenvalues: number[];
  escapes: [number, number][];
}

export interface EquationLine {
  symbols: string;
  numbers: string;
  value: number;
}

export interface StepDetail {
  step: number;
  lr: number;
  x: number[];
  gradient: number[];
  next: number[];
  delta: number[];
  effective_lr: (number | null)[];
  slots: { name: string; before: number[]; after: number[] }[];
  memories: { parameter: string; decay: number; length: number; weights: number[] }[];
  equations: EquationLine[][];
  /** The point before and after the step and the gradient, on the map. */
  shown: [[number, number], [number, number], [number, number]];
}

export interface Code {
  spec: string;
  shell: string;
  rust: string;
  python: string;
}

export interface Hyperparameter {
  name: string;
  value: number | string;
  default: number | string;
  meaning: string;
  range: string;
  choices: string[];
}

export interface MethodInfo {
  spec: string;
  name: string;
  formula: string;
  source: string;
  hyperparameters: Hyperparameter[];
  presets: { name: string; spec: string }[];
  solver: boolean;
}

export interface ProblemInfo {
  name: string;
  formula: string;
  illustrates: string;
  start: number[];
  parameter: { name: string; default: number; range: [number, number]; meaning: string } | null;
}

export interface Catalog {
  version: string;
  methods: MethodInfo[];
  problems: ProblemInfo[];
  dashes: number[][];
}

export interface ColumnInfo {
  name: string;
  numeric: boolean;
  distinct: number;
}

export interface TableInfo {
  weights: string[];
  rows: number;
  omitted: number;
  positive: string | null;
}

export interface PictureRequest {
  scene: Scene;
  methods: { spec: string; style: number }[];
  window: Window2;
  plane: Plane | null;
  view: "map" | "surface";
  dark: boolean;
}

/** A table with the column that is predicted. */
export interface TableText {
  file: string;
  text: string;
  target: string;
}

export type Window2 = [[number, number], [number, number]];

/** Operations of the worker with their arguments and results. */
export interface Operations {
  describeFunction: { input: { scene: Scene }; output: FunctionInfo };
  describeMethod: { input: { spec: string }; output: MethodInfo };
  runs: { input: { scene: Scene; methods: string[]; starts: number; window: Window2; plane: Plane | null }; output: { runs: RunOrError[][]; plane: Plane } };
  contours: { input: { scene: Scene; plane: Plane | null; window: Window2; nodes: number; look: ContourLook }; output: ImageBitmap };
  heights: { input: { scene: Scene; plane: Plane | null; window: Window2; nodes: number }; output: Float64Array };
  criticalPoints: { input: { scene: Scene; window: Window2 }; output: MarkedPoint[] };
  inspect: { input: { scene: Scene; method: string; step: number; plane: Plane | null }; output: StepDetail };
  code: { input: { scene: Scene; method: string }; output: Code };
  tune: { input: { scene: Scene; methods: string[] }; output: { spec: string; runs: number }[] };
  describeTable: { input: { text: string }; output: ColumnInfo[] };
  openTable: { input: TableText; output: TableInfo };
  csv: { input: { scene: Scene; methods: string[] }; output: string };
  picture: { input: { request: PictureRequest; format: "svg" | "png" | "gif" }; output: string | Uint8Array };
}

export type Operation = keyof Operations;

export interface Request {
  id: number;
  operation: Operation;
  input: unknown;
}

export type Reply =
  | { id: number; output: unknown }
  | { id: number; error: PageError }
  | { id: number; progress: [number, number] };
