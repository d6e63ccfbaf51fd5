// The worker: loads the WebAssembly module once and answers one request after the other.

import init, * as core from "./wasm/core/thalweg_web.js";
import type { Operations, PageError, Reply, Request, RunOrError, Scene, Window2 } from "./protocol";
import { renderContours } from "./view/contours";

type Handlers = { [O in keyof Operations]: (input: Operations[O]["input"]) => Operations[O]["output"] | Promise<Operations[O]["output"]> };

const scope = self as unknown as DedicatedWorkerGlobalScope & { thalwegProgress: (finished: number, total: number) => void };
const ready = init();
/** The module with fonts and rasterizer, which is loaded for the first picture. */
let pictures: Promise<typeof import("./wasm/pictures/thalweg_web.js")> | null = null;
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

function run(scene: Scene, method: string): RunOrError {
  try {
    const result = core.run(JSON.stringify(scene), method);
    const answer = { rows: result.rows, end: JSON.parse(result.end) };
    result.free();
    return answer;
  } catch (thrown) {
    return { error: errorOf(thrown) };
  }
}

const handlers: Handlers = {
  describeFunction: ({ scene }) => JSON.parse(core.describeFunction(JSON.stringify(scene))),
  describeMethod: ({ spec }) => JSON.parse(core.describeMethod(spec)),
  runs: ({ scene, methods, starts, window }) => {
    const answers = [methods.map((method) => run(scene, method))];
    if (starts > 1) {
      const low = Math.max(window[0][0], window[1][0]);
      const high = Math.min(window[0][1], window[1][1]);
      const points = core.starts(JSON.stringify(scene), starts, Math.min(low, high), Math.max(low, high));
      for (let i = 2; i < points.length; i += 2) {
        const start: [number, number] = [points[i]!, points[i + 1]!];
        answers.push(methods.map((method) => run({ ...scene, start }, method)));
      }
    }
    return answers;
  },
  contours: ({ scene, window, nodes, look }) => {
    const result = core.contours(JSON.stringify(scene), flat(window), nodes);
    const data = { points: result.points, lengths: result.lengths, bands: result.bands };
    result.free();
    return renderContours(data, look);
  },
  heights: ({ scene, window, nodes }) => core.heights(JSON.stringify(scene), flat(window), nodes),
  criticalPoints: ({ scene, window }) => JSON.parse(core.criticalPoints(JSON.stringify(scene), flat(window))),
  inspect: ({ scene, method, step }) => JSON.parse(core.inspect(JSON.stringify(scene), method, step)),
  code: ({ scene, method }) => JSON.parse(core.code(JSON.stringify(scene), method)),
  tune: ({ scene, methods }) => JSON.parse(core.tune(JSON.stringify(scene), JSON.stringify(methods))),
  describeTable: ({ text }) => JSON.parse(core.describeTable(text)),
  tableLoss: ({ text, target }) => JSON.parse(core.tableLoss(text, target)),
  csv: ({ scene, methods }) => core.csv(JSON.stringify(scene), JSON.stringify(methods)),
  picture: async ({ request, format }) => {
    pictures ??= import("./wasm/pictures/thalweg_web.js").then(async (module) => {
      await module.default();
      return module;
    });
    return (await pictures)[format](JSON.stringify(request));
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
