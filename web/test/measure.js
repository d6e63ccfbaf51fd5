// Measures the page for a record: `node test/measure.js`. First drawing, frames while eight methods race over 2,000
// steps and while their start is dragged, the longest task of the page, and the bytes that are sent.

import { loadavg, cpus } from "node:os";
import { launch, open, serve } from "./browser.js";

const METHODS = ["sgd:lr=0.0005", "momentum:lr=0.0005", "nag:lr=0.0005", "adagrad:lr=0.3", "rmsprop:lr=0.01", "adadelta", "adam:lr=0.02", "nadam:lr=0.02"];
const FRAGMENT = `#problem=rosenbrock&start=-1.2,1&steps=2000&stop=0&map=-0.1,0.6,1.2&${METHODS.map((spec, i) => `m=${i}~${spec}`).join("&")}`;

const server = await serve();
const browser = await launch({ reducedMotion: "no-preference" });
const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))];

// The first visit warms up the browser itself; the second has an empty cache of the page.
const warm = await open(browser.context, server.address, FRAGMENT);
await warm.page.close();
server.sent.bytes = 0;
const page = await browser.context.newPage();
const session = await browser.context.newCDPSession(page);
await session.send("Network.setCacheDisabled", { cacheDisabled: true });
await page.addInitScript(() => {
  window.longTasks = [];
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask", buffered: true });
});
await page.goto(`${server.address}${FRAGMENT}`);
await page.waitForFunction(() => performance.getEntriesByName("first-map").length > 0);
const first = await page.evaluate(() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
  map: performance.getEntriesByName("first-map")[0].startTime,
}));
await page.waitForTimeout(1500);

/** Times between frames for some milliseconds. */
const frames = (duration) =>
  page.evaluate(
    (duration) =>
      new Promise((resolve) => {
        const times = [];
        const begin = performance.now();
        const frame = (now) => {
          times.push(now);
          if (now - begin < duration) requestAnimationFrame(frame);
          else resolve(times.slice(1).map((time, i) => time - times[i]));
        };
        requestAnimationFrame(frame);
      }),
    duration,
  );
const loading = await page.evaluate(() => window.longTasks.splice(0));
const race = await frames(4000);
const box = await page.locator(".stage canvas").first().boundingBox();
const start = await page.evaluate(() => {
  const { camera } = window.thalweg.page.state;
  return { x: -1.2 - camera.x, y: 1 - camera.y, radius: camera.radius };
});
const unit = Math.min(box.width, box.height) / 2 / start.radius;
const [x, y] = [box.x + box.width / 2 + start.x * unit, box.y + box.height / 2 - start.y * unit];
await page.mouse.move(x, y);
await page.mouse.down();
const dragged = frames(3000);
for (let k = 1; k <= 150; k++) await page.mouse.move(x + 60 * Math.sin(k / 20), y + 40 * (1 - Math.cos(k / 20)));
const drag = await dragged;
await page.mouse.up();
const long = await page.evaluate(() => window.longTasks);
await page.waitForTimeout(1500);

const show = (values) => `median ${quantile(values, 0.5).toFixed(1)} ms, 95 % ${quantile(values, 0.95).toFixed(1)} ms, longest ${Math.max(...values).toFixed(1)} ms (${values.length} frames)`;
console.log(`${cpus()[0].model}, ${cpus().length} processors, load ${loadavg()[0].toFixed(1)}, Chromium ${browser.context.browser()?.version() ?? ""}`);
console.log(`first paint ${first.paint?.toFixed(0)} ms, first map with contours ${first.map.toFixed(0)} ms`);
console.log(`race, 8 methods x 2,000 steps: ${show(race)}`);
console.log(`drag of the start: ${show(drag)}`);
console.log(`tasks of more than 50 ms: ${loading.length} while loading (longest ${Math.max(0, ...loading).toFixed(0)} ms), ${long.length} after it (longest ${Math.max(0, ...long).toFixed(0)} ms)`);
console.log(`sent, compressed by gzip: ${(server.sent.bytes / 1000).toFixed(0)} kB`);
await browser.close();
server.close();
