// The worker: loads the WebAssembly module once and answers one request after the other.

import init, * as core from "./wasm/core/thalweg_web.js";
import type { Operations, PageError, Plane, Reply, Request, RunOrError, TableText, Window2 } from "./protocol";
import { renderContours } from "./view/contours";

type Handlers = { [O in keyof Operations]: (input: Operations[O]["input"]) => Operations[O]["output"] | Promise<Operations[O]["output"]> };

const scope = self as unknown as DedicatedWorkerGlobalScope & { thalwegProgress: (finished: number, total: number) => void };
const ready = init();
/** The module with fonts and rasterizer, which is loaded for the first picture. */
let pictures: Promise<typeof import("./wasm/pictures/thalweg_web.js")> | null = null;
/** The open table, for the module of pictures, which has a memory of its own. */
let table: TableText | null = null;
let current = 0;

scope.thalwegProgress = (finished, total) => post({ id: current, progress: [finished, total] });

const flat = ([x, y]: Window2) => Float64Array.of(x[0], x[1], y[0], y[1]);

/** The error that the module threw, or the failure of the module itself. */
function errorOf(thrown: unknown): PageError {
  try {
    return JSON.parse(String(thrown)) as PageError;
  } catch {
    return { part: "page", message: String(thrown) };
  }
}

const planeText = (plane: Plane | null) => (plane === null ? "" : JSON.stringify(plane));

/** The run with this index, or its error. */
function runOf(runs: core.RunsResult, index: number): RunOrError {
  try {
    const end = JSON.parse(runs.end(index));
    return { rows: runs.rows(index), end };
  } catch (thrown) {
    return { error: errorOf(thrown) };
  }
}

const handlers: Handlers = {
  describeFunction: ({ scene }) => JSON.parse(core.describeFunction(JSON.stringify(scene))),
  describeMethod: ({ spec }) => JSON.parse(core.describeMethod(spec)),
  runs: ({ scene, methods, starts, window, plane }) => {
    const low = Math.max(window[0][0], window[1][0]);
    const high = Math.min(window[0][1], window[1][1]);
    const found = core.runs(JSON.stringify(scene), JSON.stringify(methods), starts, Math.min(low, high), Math.max(low, high), planeText(plane));
    const all = Array.from({ length: found.count }, (_, i) => runOf(found, i));
    const shown = JSON.parse(found.plane) as Plane;
    found.free();
    const each = Array.from({ length: starts }, (_, k) => all.slice(k * methods.length, (k + 1) * methods.length));
    return { runs: each, plane: shown };
  },
  contours: ({ scene, plane, window, nodes, look }) => {
    const result = core.contours(JSON.stringify(scene), planeText(plane), flat(window), nodes);
    const data = { points: result.points, lengths: result.lengths, bands: result.bands };
    result.free();
    return renderContours(data, look);
  },
  heights: ({ scene, plane, window, nodes }) => core.heights(JSON.stringify(scene), planeText(plane), flat(window), nodes),
  criticalPoints: ({ scene, window }) => JSON.parse(core.criticalPoints(JSON.stringify(scene), flat(window))),
  inspect: ({ scene, method, step, plane }) => JSON.parse(core.inspect(JSON.stringify(scene), method, step, planeText(plane))),
  code: ({ scene, method }) => JSON.parse(core.code(JSON.stringify(scene), method)),
  tune: ({ scene, methods }) => JSON.parse(core.tune(JSON.stringify(scene), JSON.stringify(methods))),
  describeTable: ({ text }) => JSON.parse(core.describeTable(text)),
  openTable: (opened) => {
    const info = JSON.parse(core.openTable(opened.file, opened.text, opened.target));
    table = opened;
    return info;
  },
  csv: ({ scene, methods }) => core.csv(JSON.stringify(scene), JSON.stringify(methods)),
  picture: async ({ request, format }) => {
    pictures ??= import("./wasm/pictures/thalweg_web.js").then(async (module) => {
      await module.default();
      return module;
    });
    const module = await pictures;
    if (table) module.openTable(table.file, table.text, table.target);
    return module[format](JSON.stringify(request));
  },
};

function post(reply: Reply, transfer: Transferable[] = []): void {
  scope.postMessage(reply, transfer);
}

/** The buffers of typed arrays and the pictures in an answer, which are handed over without a copy. */
function buffers(value: unknown, found: Transferable[] = []): Transferable[] {
  if (ArrayBuffer.isView(value)) found.push(value.buffer as ArrayBuffer);
  else if (value instanceof ImageBitmap) found.push(value);
  else if (Array.isArray(value)) value.forEach((part) => buffers(part, found));
  else if (value !== null && typeof value === "object") Object.values(value).forEach((part) => buffers(part, found));
  return found;
}

scope.onmessage = async ({ data }: MessageEvent<Request>) => {
  await ready;
  current = data.id;
  try {
    const handler = handlers[data.operation] as (input: unknown) => unknown;
    const output = await handler(data.input);
    post({ id: data.id, output }, buffers(output));
  } catch (thrown) {
    post({ id: data.id, error: errorOf(thrown) });
  }
};
