import { defineConfig } from "vite";

export default defineConfig({
  // Addresses relative to the page: the folder works at any place of any host.
  base: "./",
  worker: { format: "es" },
  build: {
    target: "es2022",
    // Nothing inline, as the content security policy requires.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
