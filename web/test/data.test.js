// A table on the page: all weights of its model train, and the map is a plane of their space.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { launch, open, serve } from "./browser.js";

const data = (name) => fileURLToPath(new URL(`../../data/${name}`, import.meta.url));
let server, browser;
before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** Opens a file, trains on a target, and waits for the runs. */
async function train(page, file, target) {
  await page.click("#data");
  await page.setInputFiles("#data-file", file);
  await page.waitForSelector("#data-target");
  if (target) await page.selectOption("#data-target", target);
  await page.click("#data-show");
  await page.waitForFunction(() => window.thalweg.page.plane !== null && /main directions/.test(document.querySelector(".about").textContent));
  await page.waitForTimeout(400);
}

/** The rows of a table as numbers, standardized here. */
function standardized(name, target, positive) {
  const [head, ...lines] = readFileSync(data(name), "utf8").trim().split("\n").map((line) => line.split(","));
  const column = (k) => {
    const values = lines.map((line) => (positive && k === head.indexOf(target) ? (line[k] === positive ? 1 : -1) : Number(line[k])));
    if (positive && k === head.indexOf(target)) return values;
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
    return values.map((v) => (v - mean) / deviation);
  };
  const features = head.map((_, k) => k).filter((k) => head[k] !== target).map(column);
  if (positive) features.push(lines.map(() => 1));
  return { features, targets: column(head.indexOf(target)) };
}

for (const { file, target, positive, about, untrained } of [
  { file: "diabetes.csv", target: "progression", about: /442 rows: the loss of a linear regression of progression with 10 weights/, untrained: 0.5 },
  { file: "breast_cancer.csv", target: "diagnosis", positive: "malignant", about: /569 rows: the loss of a logistic regression of diagnosis with 31 weights/, untrained: Math.LN2 },
]) {
  test(`all weights of ${file} train by several methods`, async () => {
    const { page, problems } = await open(browser.context, server.address, "#steps=200&m=0~sgd:lr=0.1&m=1~momentum:lr=0.1&m=3~adam:lr=0.05");
    await train(page, data(file), target);
    assert.match(await page.textContent(".about"), about);
    const found = await page.evaluate(() => {
      const { page } = window.thalweg;
      return { plane: page.plane, runs: page.results.map(({ rows, end }) => ({ end, first: Array.from(rows.slice(0, 12)), last: Array.from(rows.slice(-12)) })) };
    });
    // Gradient descent on the mean over all rows, repeated here.
    const { features, targets } = standardized(file, target, positive);
    let weights = features.map(() => 0);
    for (let step = 0; step < 200; step++) {
      const slopes = targets.map((t, i) => {
        const score = features.reduce((sum, column, k) => sum + column[i] * weights[k], 0);
        return positive ? -t / (1 + Math.exp(t * score)) : score - t;
      });
      weights = weights.map((w, k) => w - (0.1 * slopes.reduce((sum, slope, i) => sum + slope * features[k][i], 0)) / targets.length);
    }
    const [descent, ...others] = found.runs;
    assert.equal(descent.end.x.length, weights.length);
    weights.forEach((w, k) => assert.ok(Math.abs(w - descent.end.x[k]) < 1e-9, `weight ${k}: ${descent.end.x[k]} for ${w}`));
    assert.ok(Math.abs(descent.first[4] - untrained) < 1e-12);
    for (const { end } of others) assert.ok(end.value < descent.end.value && end.value < untrained / 2, JSON.stringify(end));
    // The map is the plane through the best end, in which the paths are projected.
    const best = found.runs.reduce((a, b) => (b.end.value < a.end.value ? b : a));
    assert.deepEqual(found.plane.origin, best.end.x);
    for (const { end, last } of found.runs) {
      const place = found.plane.axes.map((axis) => axis.reduce((sum, a, k) => sum + a * (end.x[k] - found.plane.origin[k]), 0));
      assert.ok(Math.hypot(place[0] - last[2], place[1] - last[3]) < 1e-12);
    }
    assert.deepEqual(problems, []);
    await page.close();
  });
}

test("the start of a table is dragged in its plane, and a link waits for the table", async () => {
  const { page, problems } = await open(browser.context, server.address, "#steps=50&m=0~sgd:lr=0.1&m=3~adam:lr=0.05");
  await train(page, data("diabetes.csv"));
  const point = await page.evaluate(() => {
    const { page } = window.thalweg;
    const box = document.querySelector(".stage canvas").getBoundingClientRect();
    const { camera } = page.state;
    const unit = Math.min(box.width, box.height) / 2 / camera.radius;
    const [x, y] = page.startOnMap;
    return [box.x + box.width / 2 + (x - camera.x) * unit, box.y + box.height / 2 - (y - camera.y) * unit];
  });
  await page.mouse.move(...point);
  await page.mouse.down();
  await page.mouse.move(point[0] - 60, point[1] - 40, { steps: 6 });
  await page.mouse.up();
  // The worker answers in order: what was asked before this is shown after it.
  for (let k = 0; k < 4; k++) {
    await page.waitForTimeout(200);
    await page.evaluate(() => window.thalweg.page.engine.call("describeFunction", { scene: window.thalweg.scene() }));
  }
  const ends = (page) => page.evaluate(() => window.thalweg.page.results.map(({ end }) => end.x));
  const expected = await ends(page);
  assert.equal((await page.evaluate(() => window.thalweg.page.state.start)).length, 10);
  await page.click("#share");
  const link = await page.inputValue("#link");
  const other = await open(browser.context, link.split("#")[0], "#f=x*y").then(async ({ page }) => {
    await page.goto(link);
    return page;
  });
  await other.waitForFunction(() => /expected the table diabetes.csv/.test(document.getElementById("formula-error").textContent));
  await train(other, data("diabetes.csv"));
  assert.deepEqual(await ends(other), expected);
  assert.deepEqual(problems, []);
  await page.close();
  await other.close();
});

test("rates are searched for the training of a table", async () => {
  const { page, problems } = await open(browser.context, server.address, "#steps=40&rates=best&m=0~sgd&m=3~adam");
  await train(page, data("diabetes.csv"));
  await page.click(".policy .primary");
  await page.waitForSelector(".policy .note", { timeout: 60_000 });
  const found = await page.evaluate(() => window.thalweg.page.state.methods.map(({ spec }) => Number(/lr=([^,]*)/.exec(spec)[1])));
  // The largest curvature of the standardized columns is 4.02: the limit of gradient descent is 0.497.
  assert.equal(found[0], 0.464);
  assert.ok(found[1] > 0.01 && found[1] < 1, `${found}`);
  assert.deepEqual(problems, []);
  await page.close();
});

test("what is no table changes nothing but a message", async () => {
  const { page, problems } = await open(browser.context, server.address, "#problem=bowl&m=0~sgd:lr=0.1");
  const before = await page.evaluate(() => window.thalweg.page.results[0].end.x);
  const files = ["<script>,b\n1\n", "", "a,b\n", "\u0000\u0001\u0002", "a,b\nx,y\nz,w\nv,u\n", `a,${"b,".repeat(200)}c\n${"1,".repeat(201)}2\n`, "x".repeat(5 << 20)];
  for (const content of files) {
    await page.click("#data");
    await page.setInputFiles("#data-file", { name: "a.csv", mimeType: "text/csv", buffer: Buffer.from(content) });
    await page.waitForFunction(() => document.getElementById("data-status").textContent !== "" || document.getElementById("data-show"));
    if (await page.locator("#data-show").count()) {
      await page.click("#data-show");
      await page.waitForFunction(() => document.getElementById("data-status").textContent !== "");
    }
    await page.click("#data-dialog header button");
  }
  assert.deepEqual(await page.evaluate(() => window.thalweg.page.results[0].end.x), before);
  assert.deepEqual(problems, []);
  await page.close();
});

test("a function of four variables is shown in the plane of its paths", async () => {
  const { page, problems } = await open(browser.context, server.address, "#problem=wood&steps=200&m=3~adam:lr=0.1&m=1~momentum:lr=0.0003");
  await page.waitForFunction(() => window.thalweg.page.plane?.origin.length === 4);
  assert.match(await page.textContent(".about"), /4 variables: the map is the plane/);
  await page.click("#rewind");
  await page.waitForSelector("#coordinate");
  assert.deepEqual(await page.$$eval("#coordinate option", (options) => options.map(({ textContent }) => textContent)), ["x1", "x2", "x3", "x4"]);
  await page.fill("#formula", "(p-1)^2 + (q-2)^2 + (r-3)^2");
  await page.waitForFunction(() => window.thalweg.page.results[0]?.end?.x.length === 3);
  assert.ok(await page.locator("#formula-error").isHidden());
  assert.deepEqual(problems, []);
  await page.close();
});
