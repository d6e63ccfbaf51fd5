// The page at three sizes and in both themes against pictures of it; THALWEG_BLESS=1 writes these.
//
// Compared are means over squares of sixteen pixels, which fonts and the smoothing of edges hardly change. A path is too
// thin for them: of each colour of a path, the squares of the map and of the charts that contain it are compared too.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { launch, open, serve } from "./browser.js";

const FOLDER = new URL("./screens/", import.meta.url);
const FRAGMENT = "#problem=himmelblau&start=0.5,-0.2&steps=80&map=0.5,0.5,4.5&m=0~sgd:lr=0.008&m=1~momentum:lr=0.004&m=3~adam:lr=0.3";
/** Largest mean difference of all squares, and the largest share of squares that differ visibly, of 255 and of 1. */
const LIMITS = { mean: 4, share: 0.03, path: 0.1 };

/** Compares two pictures: the mean difference, the share of squares that differ, and for each colour the share of squares
 *  with it in one picture that have no such square beside them in the other. */
async function difference([before, after, places, colors]) {
  const decode = async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    return image;
  };
  const images = await Promise.all([before, after].map(decode));
  const squares = images.map((image) => {
    const canvas = new OffscreenCanvas(Math.ceil(image.width / 16), Math.ceil(image.height / 16));
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height).data;
  });
  if (squares[0].length !== squares[1].length) return { mean: Infinity, share: 1, paths: [1] };
  const differences = Array.from(squares[0], (v, i) => Math.abs(v - squares[1][i]));
  const painted = images.map((image) => {
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const found = colors.map(() => new Set());
    const wanted = colors.map((color) => [1, 3, 5].map((k) => parseInt(color.slice(k, k + 2), 16)));
    for (const { x, y, width, height } of places) {
      const [left, top] = [Math.max(0, Math.round(x)), Math.max(0, Math.round(y))];
      const [right, bottom] = [Math.min(image.width, Math.round(x + width)), Math.min(image.height, Math.round(y + height))];
      if (right <= left || bottom <= top) continue;
      const { data } = context.getImageData(left, top, right - left, bottom - top);
      for (let k = 0; k < data.length; k += 4) {
        const [px, py] = [left + ((k / 4) % (right - left)), top + Math.floor(k / 4 / (right - left))];
        wanted.forEach((color, i) => color.every((v, c) => Math.abs(v - data[k + c]) < 12) && found[i].add((px >> 4) * 4096 + (py >> 4)));
      }
    }
    return found;
  });
  const beside = (set, square) => [-1, 0, 1].some((dx) => [-1, 0, 1].some((dy) => set.has(square + 4096 * dx + dy)));
  const lost = (from, to) => [...from].filter((square) => !beside(to, square)).length;
  return {
    mean: differences.reduce((sum, v) => sum + v, 0) / differences.length,
    share: differences.filter((v) => v > 40).length / differences.length,
    paths: colors.map((_, i) => {
      const [a, b] = painted.map((found) => found[i]);
      return a.size === 0 ? 1 : (lost(a, b) + lost(b, a)) / a.size;
    }),
  };
}

for (const [name, width, height, colorScheme] of [
  ["desktop-light", 1360, 900, "light"],
  ["desktop-dark", 1360, 900, "dark"],
  ["tablet-light", 820, 1100, "light"],
  ["phone-dark", 360, 740, "dark"],
]) {
  test(`the page looks as it did: ${name}`, async () => {
    const server = await serve();
    const browser = await launch({ viewport: { width, height }, colorScheme });
    const { page } = await open(browser.context, server.address, FRAGMENT);
    await page.waitForFunction(() => window.thalweg.page.critical.length > 0);
    await page.waitForTimeout(600);
    const now = await page.screenshot();
    const file = new URL(`${name}.png`, FOLDER);
    if (process.env.THALWEG_BLESS === "1") {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(file, now);
    }
    assert.ok(existsSync(file), `${name}.png is missing; THALWEG_BLESS=1 writes it`);
    const places = await page.$$eval("canvas.plot", (all) => all.filter((canvas) => canvas.offsetParent).map((canvas) => canvas.getBoundingClientRect().toJSON()));
    const colors = await page.evaluate(() => window.thalweg.page.state.methods.map(({ style }) => getComputedStyle(document.documentElement).getPropertyValue(`--plot-s${style}`).trim()));
    const expected = readFileSync(file).toString("base64");
    const found = await page.evaluate(difference, [expected, now.toString("base64"), places, colors]);
    // The comparison would see that one path of the map is missing, whichever it is.
    const blind = [];
    for (let i = 0; i < colors.length; i++) {
      await page.evaluate((i) => window.thalweg.page.updateMethod(i, { visible: false }), i);
      await page.waitForFunction((count) => window.thalweg.page.tracks.length === count, colors.length - 1);
      await page.waitForTimeout(300);
      const without = (await page.screenshot()).toString("base64");
      const { paths } = await page.evaluate(difference, [expected, without, places.slice(0, 1), colors]);
      if (paths[i] <= LIMITS.path) blind.push(i);
      await page.evaluate((i) => window.thalweg.page.updateMethod(i, { visible: true }), i);
      await page.waitForFunction((count) => window.thalweg.page.tracks.length === count, colors.length);
    }
    await browser.close();
    server.close();
    assert.ok(found.mean <= LIMITS.mean && found.share <= LIMITS.share, `${name}: ${JSON.stringify(found)}`);
    assert.ok(found.paths.every((share) => share <= LIMITS.path), `${name}: ${JSON.stringify(found)}`);
    assert.deepEqual(blind, [], `${name}: paths whose absence is not seen`);
  });
}
