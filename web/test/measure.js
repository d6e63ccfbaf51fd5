// Measures the page for a record: `node test/measure.js`. First drawing, frames while eight methods race over 2,000
// steps and while their start is dragged, the longest task of the page by the clock and by the processor, and the bytes
// that are sent.

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

/** Records the browser's trace; `stop` returns the milliseconds of processor time of each picture of the page's thread,
 *  and of its longest task. */
async function trace(session) {
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["toplevel", "cc", "devtools.timeline"] } });
  const stop = async () => {
    const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
    await session.send("Tracing.end");
    await complete;
    const threads = events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
    const count = ({ pid, tid }) => events.filter((event) => event.pid === pid && event.tid === tid && event.name === "FunctionCall").length;
    const [main] = threads.sort((a, b) => count(b) - count(a));
    const own = events.filter((event) => event.pid === main.pid && event.tid === main.tid && event.tdur !== undefined);
    const times = (name) => own.filter((event) => event.name === name).map(({ tdur }) => tdur / 1000);
    return { pictures: times("ProxyMain::BeginMainFrame"), tasks: times("ThreadControllerImpl::RunTask") };
  };
  return { stop };
}

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
const traced = await trace(session);
await page.mouse.move(x, y);
await page.mouse.down();
const dragged = frames(3000);
for (let k = 1; k <= 150; k++) await page.mouse.move(x + 60 * Math.sin(k / 20), y + 40 * (1 - Math.cos(k / 20)));
const drag = await dragged;
await page.mouse.up();
const work = await traced.stop();
const long = await page.evaluate(() => window.longTasks);
await page.waitForTimeout(1500);

const show = (values) => `median ${quantile(values, 0.5).toFixed(1)} ms, 95 % ${quantile(values, 0.95).toFixed(1)} ms, longest ${Math.max(...values).toFixed(1)} ms (${values.length})`;
console.log(`${cpus()[0].model}, ${cpus().length} processors, load ${loadavg()[0].toFixed(1)}, Chromium ${browser.context.browser()?.version() ?? ""}`);
console.log(`first paint ${first.paint?.toFixed(0)} ms, first map with contours ${first.map.toFixed(0)} ms`);
console.log(`race, 8 methods x 2,000 steps: ${show(race)}`);
console.log(`drag of the start: ${show(drag)}`);
console.log(`processor time of a picture while it is dragged: ${show(work.pictures)}; longest task ${Math.max(...work.tasks).toFixed(0)} ms`);
console.log(`tasks of more than 50 ms: ${loading.length} while loading (longest ${Math.max(0, ...loading).toFixed(0)} ms), ${long.length} after it (longest ${Math.max(0, ...long).toFixed(0)} ms)`);
console.log(`sent, compressed by gzip: ${(server.sent.bytes / 1000).toFixed(0)} kB`);
await browser.close();
server.close();
