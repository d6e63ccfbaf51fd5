// A server of the built page on loopback, and Debian's Chromium without a window.

import { createServer } from "node:http";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** Serves the page, compressed; counts the bytes that it sends. */
export async function serve() {
  const sent = { bytes: 0, files: [] };
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    try {
      const body = gzipSync(readFileSync(join(DIST, path === "/" ? "index.html" : path)));
      sent.bytes += body.length;
      sent.files.push(path);
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/html; charset=utf-8", "content-encoding": "gzip" });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${server.address().port}/`, sent, close: () => server.close() };
}

/** Starts Chromium with a profile of its own. */
export async function launch(options = {}) {
  const profile = mkdtempSync(join(tmpdir(), "thalweg-explorer-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    viewport: { width: 1360, height: 900 },
    locale: "en-US",
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
    acceptDownloads: true,
    ...options,
  });
  return { context, close: async () => (await context.close(), rmSync(profile, { recursive: true, force: true })) };
}

/** Opens the page with a fragment and waits for its first results; collects what goes wrong and what it asks for. */
export async function open(context, address, fragment = "") {
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith("blob:") && !request.url().startsWith("data:")) problems.push(`request to ${request.url()}`);
  });
  await page.goto(`${address}${fragment}`);
  await page.waitForSelector("html[data-ready]", { timeout: 20_000 });
  return { page, problems };
}
