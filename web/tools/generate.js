// Writes what the page takes from the module before it runs: the tables of methods and problems, and the style sheet
// with the colours of the pictures.

import { readFileSync, writeFileSync } from "node:fs";
import { catalog, initSync } from "../src/wasm/core/thalweg_web.js";

const file = (path) => new URL(`../src/wasm/${path}`, import.meta.url);
initSync({ module: readFileSync(file("core/thalweg_web_bg.wasm")) });
const { css, ...tables } = JSON.parse(catalog());
writeFileSync(file("plot.css"), css);
writeFileSync(file("catalog.json"), JSON.stringify(tables));
