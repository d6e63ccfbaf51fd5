// Colours and dash patterns of the pictures of thalweg, for drawing on a canvas.

import catalog from "../wasm/catalog.json";
import { sizeOf } from "./size";

export interface Palette {
  paper: string;
  text: string;
  soft: string;
  axis: string;
  grid: string;
  contour: string;
  series: string[];
  /** Shades of the map from the lowest values to the highest. */
  shades: string[];
  /** Shades of the surface from the darkest to the brightest. */
  surface: string[];
}

let cached: Palette | null = null;

/** The colours of the present theme. */
export const palette = (): Palette => (cached ??= readPalette());

/** True if the page is dark: by the chosen theme, else by the system. */
export function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Has the colours read anew, after a change of the theme. */
export function forgetPalette(): void {
  cached = null;
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--plot-${name}`).trim();
  const list = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => read(`${prefix}${i}`));
  return {
    paper: read("paper"),
    text: read("text"),
    soft: read("soft"),
    axis: read("axis"),
    grid: read("grid"),
    contour: read("contour"),
    series: list("s", 8),
    shades: list("d", 32),
    surface: list("r", 64),
  };
}

export const colorOf = (colors: Palette, style: number): string => colors.series[style % 8]!;
export const dashOf = (style: number): number[] => catalog.dashes[style % catalog.dashes.length]!;

/** Makes a canvas sharp on the present screen; returns its context with a scale of one unit per CSS pixel. */
export function prepare(canvas: HTMLCanvasElement): { context: CanvasRenderingContext2D; width: number; height: number } {
  const ratio = Math.min(window.devicePixelRatio || 1, 3);
  const [width, height] = sizeOf(canvas);
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

export const FONT = "12px system-ui, sans-serif";
