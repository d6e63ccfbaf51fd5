// A table on the page: its loss becomes the function, and the methods train its weights.

import assert from "node:assert/strict";
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

for (const [file, target, kind] of [
  ["diabetes.csv", "progression", /linear regression of progression on 10/],
  ["breast_cancer.csv", "diagnosis", /logistic regression of diagnosis on 30/],
]) {
  test(`the loss of ${file}`, async () => {
    const { page, problems } = await open(browser.context, server.address, "#steps=200&m=0~sgd:lr=0.1&m=6~lbfgs");
    await page.click("#data");
    await page.setInputFiles("#data-file", data(file));
    await page.selectOption("#data-target", target);
    await page.click("#data-show");
    await page.waitForFunction(() => /principal/.test(document.querySelector(".about").textContent));
    assert.match(await page.textContent(".about"), kind);
    await page.waitForFunction(() => window.thalweg.page.results.length === 2 && window.thalweg.page.info.formula.length > 50);
    await page.waitForTimeout(500);
    const [descent, lbfgs] = await page.evaluate(() => window.thalweg.page.results.map(({ rows, end }) => ({ end, first: rows[4] })));
    // Without weights, half the variance of a standardized target, or the log loss of a fair coin.
    const untrained = file === "diabetes.csv" ? 0.5 : Math.LN2;
    assert.ok(Math.abs(lbfgs.first - untrained) < 1e-3, `${lbfgs.first}`);
    assert.ok(lbfgs.end.value < 0.9 * untrained && lbfgs.end.kind === "minimum", JSON.stringify(lbfgs.end));
    assert.ok(descent.end.value < untrained && descent.end.value >= lbfgs.end.value - 1e-12);
    assert.deepEqual(problems, []);
    await page.close();
  });
}

test("a file that is no table is refused", async () => {
  const { page, problems } = await open(browser.context, server.address, "");
  await page.click("#data");
  await page.setInputFiles("#data-file", { name: "a.csv", mimeType: "text/csv", buffer: Buffer.from("<script>,b\n1\n") });
  await page.waitForFunction(() => document.getElementById("data-status").textContent !== "");
  assert.deepEqual(problems, []);
  await page.close();
});
