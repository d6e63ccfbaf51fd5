// The page at three sizes and in both themes against pictures of it; THALWEG_BLESS=1 writes these.
//
// Compared are means over squares of sixteen pixels, which fonts and the smoothing of edges hardly change.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { launch, open, serve } from "./browser.js";

const FOLDER = new URL("./screens/", import.meta.url);
const FRAGMENT = "#problem=himmelblau&start=0.5,-0.2&steps=80&map=0.5,0.5,4.5&m=0~sgd:lr=0.008&m=1~momentum:lr=0.004&m=3~adam:lr=0.3";
/** Largest mean difference of all squares, and the largest share of squares that differ visibly, of 255 and of 1. */
const LIMITS = { mean: 4, share: 0.03 };

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
    const found = await page.evaluate(
      async ([before, after]) => {
        const squares = async (data) => {
          const image = new Image();
          image.src = `data:image/png;base64,${data}`;
          await image.decode();
          const canvas = new OffscreenCanvas(Math.ceil(image.width / 16), Math.ceil(image.height / 16));
          const context = canvas.getContext("2d");
          context.imageSmoothingQuality = "high";
          context.drawImage(image, 0, 0, canvas.width, canvas.height);
          return context.getImageData(0, 0, canvas.width, canvas.height).data;
        };
        const [a, b] = [await squares(before), await squares(after)];
        if (a.length !== b.length) return { mean: Infinity, share: 1 };
        const differences = Array.from(a, (v, i) => Math.abs(v - b[i]));
        return { mean: differences.reduce((sum, v) => sum + v, 0) / a.length, share: differences.filter((v) => v > 40).length / a.length };
      },
      [readFileSync(file).toString("base64"), now.toString("base64")],
    );
    await browser.close();
    server.close();
    assert.ok(found.mean <= LIMITS.mean && found.share <= LIMITS.share, `${name}: ${JSON.stringify(found)}`);
  });
}
