import { defineConfig } from "vite";

/** Of the fonts of KaTeX, only the format that every browser with WebAssembly reads. */
const oneFontFormat = {
  name: "one-font-format",
  enforce: "pre",
  transform: (code, id) =>
    id.includes("katex") && id.endsWith(".css") ? code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\("[^"]*"\)/g, "") : undefined,
};

export default defineConfig({
  // Addresses relative to the page: the folder works at any place of any host.
  base: "./",
  plugins: [oneFontFormat],
  worker: { format: "es" },
  build: {
    target: "es2022",
    // Nothing inline, as the content security policy requires.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
