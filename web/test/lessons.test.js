// Each claim of a lesson, by the runs that the page itself shows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, serve } from "./browser.js";

let server, browser;
before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** Opens a lesson; returns for each method its rows as objects, and the title. */
async function lesson(number, changes = "{}") {
  const { page, problems } = await open(browser.context, server.address, `#lesson=${number}`);
  const found = await page.evaluate(async (changes) => {
    const { page, scene } = window.thalweg;
    const names = ["step", "evaluations", "x", "y", "f", "norm", "rate", "gx", "gy", "length", "effectiveX", "effectiveY"];
    const { runs: [runs] } = await page.engine.call("runs", { scene: { ...scene(), ...JSON.parse(changes) }, methods: page.state.methods.map(({ spec }) => spec), starts: 1, window: [[0, 1], [0, 1]], plane: null });
    return runs.map(({ rows, end }) => ({
      end,
      rows: Array.from({ length: rows.length / 12 }, (_, k) => Object.fromEntries(names.map((name, i) => [name, rows[12 * k + i]]))),
    }));
  }, changes);
  const title = await page.textContent(".lesson h2");
  assert.deepEqual(problems, []);
  await page.close();
  return { runs: found, title };
}

const near = (value, expected, tolerance) => assert.ok(Math.abs(value - expected) <= tolerance, `${value} for ${expected}`);
const firstStep = (run, condition) => run.rows.find(condition)?.step;

test("1: the bowl has its closed form", async () => {
  const { runs: [run], title } = await lesson(1);
  assert.match(title, /bowl/);
  for (const { step, x, y } of run.rows) {
    near(x, 0.9 ** step, 1e-14);
    near(y, 0.5 * 0.9 ** step, 1e-14);
  }
  near(run.rows[10].x, 0.3487, 5e-5);
});

test("2: the limit of the rate is 2/λ", async () => {
  const { runs } = await lesson(2);
  const [small, good, large, beyond] = runs.map((run) => run.rows.at(-1).f / run.rows[0].f);
  assert.ok(small > 0.5 && good < 1e-20 && large < 0.01 && beyond > 100, `${[small, good, large, beyond]}`);
  assert.equal(runs[3].end.stability, 1.05);
});

test("3: momentum in the ravine", async () => {
  const { runs: [descent, , momentum] } = await lesson(3);
  assert.deepEqual([descent, momentum].map((run) => firstStep(run, ({ f }) => f < 1e-3)), [96, 20]);
});

test("4: NAG overshoots less", async () => {
  const { runs } = await lesson(4);
  const [momentum, nag] = runs.map((run) => Math.max(...run.rows.map(({ x }) => x)));
  near(momentum, 0.083, 5e-4);
  near(nag, 0.01, 5e-4);
});

test("5: the first step of AdaGrad has one length in all coordinates, and its rate only falls", async () => {
  const { runs: [descent, adagrad] } = await lesson(5);
  const step = ({ rows: [a, b] }) => [b.x - a.x, a.y - b.y];
  step(adagrad).forEach((length) => near(length, 1, 1e-9));
  assert.deepEqual(step(descent).map((v) => +v.toFixed(12)), [0.28, 1.6]);
  const rates = adagrad.rows.map(({ effectiveX }) => effectiveX).filter(Number.isFinite);
  assert.ok(rates.every((rate, i) => i === 0 || rate <= rates[i - 1] * (1 + 1e-9)));
});

test("6: RMSProp's rate rises again, AdaGrad's never", async () => {
  const { runs } = await lesson(6);
  const [adagrad, rmsprop] = runs.map((run) => run.rows.map(({ effectiveY }) => effectiveY).filter(Number.isFinite));
  assert.ok(adagrad.every((rate, i) => i === 0 || rate <= adagrad[i - 1] * (1 + 1e-9)));
  assert.ok(rmsprop.at(-1) > rmsprop[0]);
});

test("7: AdaDelta does not see the scale of the function", async () => {
  const { runs: [adadelta] } = await lesson(7);
  const [scaled] = (await lesson(7, JSON.stringify({ function: { formula: "1000*(x^2/20 + y^2)" } }))).runs;
  for (const run of [adadelta, scaled]) {
    near(run.rows[1].x - run.rows[0].x, 0.00447, 1e-5);
    near(run.rows[0].y - run.rows[1].y, 0.00447, 1e-5);
  }
  // The same path up to the small constant beneath the roots.
  adadelta.rows.forEach(({ x }, k) => near(scaled.rows[k].x, x, 0.01));
});

test("8: without bias correction the first step is too long", async () => {
  const { runs } = await lesson(8);
  const [adam, rmsprop] = runs.map((run) => run.rows[1].x - run.rows[0].x);
  near(adam, 0.1, 1e-8);
  near(rmsprop, 3.162, 5e-4);
});

test("9: how long until a method leaves the saddle", async () => {
  const { runs } = await lesson(9);
  assert.deepEqual(runs.map((run) => firstStep(run, ({ y }) => Math.abs(y) > 1)), [2546, 409, 394, 1264, 78, 56]);
  const ridge = (await lesson(9, JSON.stringify({ start: [1, 0] }))).runs;
  assert.ok(ridge.every((run) => run.rows.every(({ y }) => y === 0)));
  const noisy = (await lesson(9, JSON.stringify({ start: [1, 0], noise: 1e-3 }))).runs;
  assert.ok(noisy.every((run) => run.rows.some(({ y }) => Math.abs(y) > 1)));
});

test("10: the cloud is proportional to the noise, and a schedule shrinks it", async () => {
  const cloud = ({ runs: [run] }) => {
    const rows = run.rows.slice(-300);
    return rows.reduce((sum, { x, y }) => sum + Math.hypot(x - 1, y - 2), 0) / rows.length;
  };
  const [one, hundred] = [cloud(await lesson(10)), cloud(await lesson(10, JSON.stringify({ noise: 2 })))];
  near(one, 0.445, 5e-4);
  near(one / hundred, 10, 1e-6);
  assert.ok(cloud(await lesson(10, JSON.stringify({ schedule: "inverse:rate=0.05" }))) < one / 5);
});
