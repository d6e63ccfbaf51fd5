// Every path in the browser is that of the program, to the bit; so is every command that the page offers.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { launch, open, serve } from "./browser.js";

const PROGRAM = process.env.THALWEG ?? fileURLToPath(new URL("../../target/debug/thalweg", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "thalweg-paths-"));
let server, browser;

before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  server?.close();
  rmSync(FOLDER, { recursive: true, force: true });
});

/** Runs a command of the page in a folder of its own; returns its trace as rows of numbers. */
function trace(command) {
  // As a shell would: the words of the page are quoted for one.
  execFileSync("/bin/sh", ["-c", command.replace(/^thalweg/, '"$THALWEG" ') + ' >/dev/null 2>&1 || [ $? = 3 ]'], { cwd: FOLDER, env: { ...process.env, THALWEG: PROGRAM } });
  const [, ...lines] = readFileSync(join(FOLDER, "path.csv"), "utf8").trimEnd().split("\n");
  const number = (cell) => Number(cell.replace("inf", "Infinity"));
  return lines.map((line) => line.split(",").map(number));
}

/** The runs on the screen as rows of step, x, y, f, gradient norm, rate, by method; and the command of each. */
async function runsOf(page) {
  return page.evaluate(async () => {
    const { page, scene } = window.thalweg;
    const found = [];
    for (const [i, { spec }] of page.state.methods.entries()) {
      const result = page.results[i];
      const rows = [];
      for (let k = 0; k < result.rows.length; k += 12) {
        const row = result.rows.subarray(k, k + 12);
        rows.push([row[0], row[2], row[3], row[4], row[5], row[6]]);
      }
      found.push({ spec, rows, command: (await page.engine.call("code", { scene: scene(), method: spec })).shell });
    }
    return found;
  });
}

const same = (a, b) => Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b));

async function compare(fragment) {
  const { page, problems } = await open(browser.context, server.address, fragment);
  const runs = await runsOf(page);
  for (const { spec, rows, command } of runs) {
    const expected = trace(command);
    assert.equal(rows.length, expected.length, `${spec}: rows of ${command}`);
    rows.forEach((row, k) => row.forEach((value, column) => assert.ok(same(value, expected[k][column]), `${spec}, row ${k}, column ${column}: ${value} for ${expected[k][column]}`)));
  }
  assert.deepEqual(problems, []);
  await page.close();
  return runs;
}

test("all methods on Rosenbrock's function", async () => {
  const names = ["sgd", "momentum", "nag:nesterov=lookahead", "adagrad", "rmsprop", "adadelta", "adam", "adamw", "amsgrad", "nadam", "radam", "adamax", "lbfgs"];
  const runs = await compare(`#problem=rosenbrock&steps=400&${names.map((name, i) => `m=${i}~${name}`).join("&")}`);
  assert.equal(runs.length, names.length);
});

test("the other methods, a formula with transcendental functions, a schedule, clipping and weight decay", async () => {
  const formula = encodeURIComponent("-exp(-(x^2)/3)*cos(2*y) + log(1 + x^2 + y^2)/5");
  const specs = ["adabelief:lr=0.05", "ftrl:lr=0.5,l1=0.01", "yogi:lr=0.05", "adan:lr=0.05", "lion:lr=0.02", "lamb:lr=0.02", "lars:lr=0.1", "signsgd:lr=0.01", "sgd:lr=0.1,clip_norm=0.05", "adamw:lr=0.1,weight_decay=0.1", "adam:lr=0.1,ema=0.9"];
  await compare(`#f=${formula}&start=1.5,-0.7&steps=250&schedule=cosine&${specs.map((spec, i) => `m=${i}~${encodeURIComponent(spec)}`).join("&")}`);
});

test("noise of a seed, a divergence, and a formula of one variable", async () => {
  await compare("#problem=noisy&seed=7&steps=120&m=0~sgd:lr=0.1&m=1~adam:lr=0.1");
  const [run] = await compare("#f=x%5E4&start=3,1&steps=50&m=0~sgd:lr=1");
  assert.ok(run.command.includes("--variables x,y"), run.command);
});

test("all variables of functions of more than two, as the page writes them to a file", async () => {
  const formula = encodeURIComponent("(p-1)^2 + exp(q*r/5) + r^2 - log(1+q^2)");
  for (const fragment of ["#problem=wood&steps=150&m=0~adam:lr=0.05", `#f=${formula}&start=0.3,1,-2&noise=0.1&seed=3&steps=60&schedule=cosine&m=0~yogi:lr=0.05`]) {
    const { page, problems } = await open(browser.context, server.address, fragment);
    const { csv, command } = await page.evaluate(async () => {
      const { page, scene } = window.thalweg;
      const [{ spec }] = page.state.methods;
      return { csv: await page.engine.call("csv", { scene: scene(), methods: [spec] }), command: (await page.engine.call("code", { scene: scene(), method: spec })).shell };
    });
    const rows = csv.trimEnd().split("\n").slice(1).map((line) => line.replace(/^"[^"]*",/, "").split(",").map(Number));
    const expected = trace(command);
    assert.ok(rows.length > 50 && rows[0].length > 6);
    assert.deepEqual(rows, expected);
    assert.deepEqual(problems, []);
    await page.close();
  }
});
