// The page in a browser: what a person does with it, and what must not harm it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, open, serve } from "./browser.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
let server, browser;
before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  server?.close();
});

const settled = async (page) => {
  await page.waitForTimeout(400);
};
const state = (page) => page.evaluate(() => window.thalweg.page.state);
const ends = (page) => page.evaluate(() => window.thalweg.page.results.map((result) => result.end?.x ?? null));

test("dragging the start computes the paths anew", async () => {
  const { page, problems } = await open(browser.context, server.address, "#problem=himmelblau&start=0,0&map=0,0,6&steps=50&m=0~sgd:lr=0.01");
  const before = await ends(page);
  const box = await page.locator(".stage canvas").first().boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 80, y + 60, { steps: 8 });
  await page.mouse.up();
  await settled(page);
  const { start } = await state(page);
  const unit = 12 / Math.min(box.width, box.height);
  assert.ok(Math.abs(start[0] + 80 * unit) < 0.05 && Math.abs(start[1] + 60 * unit) < 0.05, `${start}`);
  assert.notDeepEqual(await ends(page), before);
  assert.deepEqual(problems, []);
  await page.close();
});

test("a wrong formula is marked under its character, and the last picture stays", async () => {
  const { page, problems } = await open(browser.context, server.address, "");
  const before = await ends(page);
  await page.fill("#formula", "x^2 +* y^2");
  await settled(page);
  const [shown, caret, message] = (await page.textContent("#formula-error")).split("\n");
  assert.deepEqual([shown, caret], ["x^2 +* y^2", "     ^"]);
  assert.match(message, /^expected .*, found '\*'$/);
  assert.deepEqual(await ends(page), before);
  await page.fill("#formula", "x^2 + 3*y^2");
  await settled(page);
  assert.ok(await page.locator("#formula-error").isHidden());
  assert.notDeepEqual(await ends(page), before);
  assert.deepEqual(problems, []);
  await page.close();
});

test("a shared link shows the same numbers to the bit", async () => {
  const { page } = await open(browser.context, server.address, "#f=x%5E4%20-%202*x%5E2%20%2B%20y%5E2&start=0.1,1.7&steps=80&schedule=cosine&noise=0.3&seed=5&m=2~adam:lr=0.1,beta1=0.5&hidden=5~nag:lr=0.02");
  await page.click("#share");
  const link = await page.inputValue("#link");
  const other = await open(browser.context, link.split("#")[0], `#${link.split("#")[1]}`);
  assert.deepEqual(await ends(other.page), await ends(page));
  assert.deepEqual((await state(other.page)).methods, (await state(page)).methods);
  assert.deepEqual(other.problems, []);
  await page.close();
  await other.page.close();
});

test("commands are copied, and every format is exported", async () => {
  const { page, problems } = await open(browser.context, server.address, "#problem=booth&steps=60&m=3~adam:lr=0.3");
  await page.click("#share");
  await page.click("#copy-code");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^thalweg minimize --start=.* -- booth$/);
  const begins = { svg: "<svg", png: "\x89PNG", gif: "GIF89a", csv: "method,step,x,y,f,gradient_norm,rate" };
  for (const [format, begin] of Object.entries(begins)) {
    const [download] = await Promise.all([page.waitForEvent("download", { timeout: 60_000 }), page.click(`#export-${format}`)]);
    const content = readFileSync(await download.path()).toString("latin1");
    assert.ok(content.startsWith(begin), `${format}: ${content.slice(0, 60)}`);
  }
  assert.deepEqual(problems, []);
  await page.close();
});

test("hostile formulas and addresses change nothing but a message", async () => {
  const script = "<script>window.harmed = 1</script><img src=x onerror='window.harmed = 1'>";
  const long = "x+".repeat(1 << 19);
  const nested = `${"(".repeat(30_000)}x${")".repeat(30_000)}`;
  const { page, problems } = await open(browser.context, server.address, "#f=(1-x)%5E2%20%2B%20100*(y-x%5E2)%5E2&start=-1,1");
  const before = await ends(page);
  for (const formula of [script, long, "((((((((", "0/0*x", "1e999*x", "x\u0000y", Array.from({ length: 101 }, (_, i) => `x${i}`).join("+")]) {
    await page.evaluate((formula) => {
      const input = document.getElementById("formula");
      input.value = formula;
      input.dispatchEvent(new Event("input"));
    }, formula);
    await page.waitForFunction(() => !document.getElementById("formula-error").hidden, null, { timeout: 10_000 });
    assert.deepEqual(await ends(page), before, formula.slice(0, 40));
    await page.fill("#formula", "(1-x)^2 + 100*(y-x^2)^2");
    await page.waitForFunction(() => document.getElementById("formula-error").hidden);
    await settled(page);
  }
  // A deep but correct formula is one.
  await page.fill("#formula", nested);
  await settled(page);
  assert.ok(await page.locator("#formula-error").isHidden());
  assert.equal(await page.evaluate(() => window.harmed), undefined);
  for (const fragment of [`#f=${encodeURIComponent(script)}`, "#start=nan,1&steps=-4&m=x&view=%ZZ&map=1,2", `#f=${"x".repeat(1 << 20)}`, `#m=0~${encodeURIComponent(script)}`, "#problem=__proto__&m=0~constructor"]) {
    const other = await browser.context.newPage();
    const failures = [];
    other.on("pageerror", (error) => failures.push(String(error)));
    await other.goto(`${server.address}${fragment}`);
    await other.waitForFunction(() => document.querySelector("#notice:not(:empty), #formula-error:not([hidden]), .verdict.bad"), null, { timeout: 10_000 });
    assert.equal(await other.evaluate(() => window.harmed), undefined);
    assert.equal(await other.locator("#app img[src='x']").count(), 0);
    assert.deepEqual(failures, [], fragment.slice(0, 60));
    await other.close();
  }
  assert.deepEqual(problems, []);
  await page.close();
});

test("the keyboard alone suffices", async () => {
  const { page, problems } = await open(browser.context, server.address, "#problem=ravine&steps=40&m=0~sgd:lr=0.4");
  await page.focus("#rewind");
  await page.keyboard.press("Enter");
  assert.match(await page.textContent("#counter"), /^0 /);
  await page.keyboard.press(".");
  await page.keyboard.press(".");
  await page.keyboard.press(",");
  assert.match(await page.textContent("#counter"), /^1 /);
  const { start } = await page.evaluate(() => window.thalweg.page.info);
  await page.focus(".stage canvas");
  await page.keyboard.press("ArrowRight");
  await settled(page);
  assert.ok((await state(page)).start[0] > start[0]);
  // All that can be clicked can be reached.
  const unreachable = await page.evaluate(() => [...document.querySelectorAll("button, select, input, canvas[role=application]")].filter((element) => element.tabIndex < 0 && element.offsetParent).length);
  assert.equal(unreachable, 0);
  assert.deepEqual(problems, []);
  await page.close();
});

test("a pointer in a chart shows the points of its time on the map", async () => {
  const { page, problems } = await open(browser.context, server.address, "#problem=ravine&steps=40&m=0~sgd:lr=0.4");
  await settled(page);
  const picture = () => page.evaluate(() => document.querySelector(".stage canvas").toDataURL());
  const before = await picture();
  await page.locator("canvas.chart").first().scrollIntoViewIfNeeded();
  const box = await page.locator("canvas.chart").first().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await settled(page);
  assert.ok(Math.abs((await page.evaluate(() => window.thalweg.page.hover)) - 18) < 3);
  assert.notEqual(await picture(), before);
  await page.mouse.move(5, 5);
  await settled(page);
  assert.equal(await picture(), before);
  assert.deepEqual(problems, []);
  await page.close();
});

test("the surface shows what the map shows, and is turned by the keys", async () => {
  const fragment = "#problem=rosenbrock&map=-0.1,0.6,0.8&steps=40&m=0~sgd:lr=0.001";
  const map = await open(browser.context, server.address, fragment);
  const surface = await open(browser.context, server.address, `${fragment}&view=surface`);
  const windowOf = ({ page }) => page.evaluate(() => window.thalweg.window());
  assert.deepEqual(await windowOf(surface), await windowOf(map));
  await settled(surface.page);
  const canvas = surface.page.locator(".stage canvas").nth(1);
  const picture = () => canvas.evaluate((element) => element.toDataURL());
  const before = await picture();
  await canvas.focus();
  await surface.page.keyboard.press("ArrowLeft");
  await settled(surface.page);
  assert.notEqual(await picture(), before);
  assert.deepEqual([...map.problems, ...surface.problems], []);
  await map.page.close();
  await surface.page.close();
});

test("a rate is searched for each method, with progress", async () => {
  const { page, problems } = await open(browser.context, server.address, "#problem=ravine&steps=40&rates=best&m=0~sgd&m=1~adam");
  await page.click(".policy .primary");
  await page.waitForSelector(".policy .note", { timeout: 30_000 });
  const { methods } = await state(page);
  assert.equal(methods[0].spec, "sgd:lr=0.464");
  assert.deepEqual(problems, []);
  await page.close();
});

test("the first step of Adam is written with its numbers", async () => {
  const { page, problems } = await open(browser.context, server.address, "#problem=ravine&steps=40&m=0~adam:lr=0.1");
  await page.click("#rewind");
  await page.waitForFunction(() => /step 1 /.test(document.querySelector(".inspector h2").textContent) && document.querySelector(".equation .katex"));
  const equations = await page.$$eval(".equation .numbers annotation", (notes) => notes.map((note) => note.textContent.replace("\\displaystyle ", "")));
  assert.deepEqual(equations, [
    "-0.07 = 0.9 \\cdot 0 + 0.1 \\cdot (-0.7)",
    "4.9 \\cdot 10^{-4} = 0.999 \\cdot 0 + 0.001 \\cdot (-0.7)^2",
    "-0.7 = \\frac{(-0.07)}{0.1}",
    "0.49 = \\frac{4.9 \\cdot 10^{-4}}{0.001}",
    "-6.9 = (-7) - 0.1 \\cdot \\frac{(-0.7)}{\\sqrt{0.49} + 10^{-8}}",
  ].map((text) => text.replaceAll("4.9 \\cdot 10^{-4}", "0.00049")));
  assert.deepEqual(problems, []);
  await page.close();
});

for (const [name, options] of [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["a phone", { viewport: { width: 360, height: 740 } }],
]) {
  test(`nothing serious for readers with impairments, and nothing beyond the side: ${name}`, async () => {
    const other = await launch(options);
    for (const fragment of ["", "#lesson=9", "#problem=wood&steps=50&m=0~adam:lr=0.1"]) {
      const { page, problems } = await open(other.context, server.address, fragment);
      await settled(page);
      for (const toggle of await page.locator(".toggle").all()) await toggle.click();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
      await page.evaluate(readFileSync(AXE, "utf8"));
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      assert.deepEqual(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`), []);
      assert.deepEqual(problems, []);
      await page.close();
    }
    await other.close();
  });
}

test("the language is chosen", async () => {
  const { page } = await open(browser.context, server.address, "#lesson=2");
  await page.selectOption("#language", "zh");
  assert.equal(await page.textContent(".lesson h2"), "学习率过小与过大");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
  // What every problem illustrates, and what every hyperparameter means, is in the catalogue.
  const isChinese = (text) => /[\u4e00-\u9fff]/.test(text);
  await page.click("#lesson-leave");
  for (const name of await page.$$eval("#problem option", (options) => options.map(({ value }) => value).filter(Boolean))) {
    await page.selectOption("#problem", name);
    assert.ok(isChinese(await page.textContent(".about")), name);
  }
  const methods = await page.$$eval(".add option", (options) => options.map(({ value }) => value).filter(Boolean));
  for (const name of methods.slice(0, 12)) await page.selectOption(".add", name);
  for (const name of methods.slice(12)) {
    await page.locator(".cards .card-head button:last-child").last().click();
    await page.selectOption(".add", name);
    await page.locator(".card:last-child .toggle").click();
    assert.ok((await page.locator(".card:last-child .parameter").count()) > 1, name);
    for (const title of await page.$$eval(".card:last-child .parameter", (labels) => labels.map(({ title }) => title))) assert.ok(isChinese(title), `${name}: ${title}`);
  }
  await page.evaluate(() => document.querySelectorAll(".toggle[aria-expanded=false]").forEach((toggle) => toggle.click()));
  for (const title of await page.$$eval(".card .parameter", (labels) => labels.map(({ title }) => title))) assert.ok(isChinese(title), title);
  await page.close();
});
