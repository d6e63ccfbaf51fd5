// The function as a surface in parallel projection, which can be turned, with the paths on it.

import { Column, type Window2 } from "../protocol";
import { type Clock, type Track, at, pointAt, rowAt } from "./paths";
import { circle, drawSymbol } from "./symbols";
import { type Palette, colorOf, dashOf, prepare } from "./theme";

export interface SurfaceScene {
  heights: { values: Float64Array; nodes: number; window: Window2 } | null;
  tracks: Track[];
  time: number;
  clock: Clock;
  start: [number, number];
}

interface Projection {
  /** Pixel and depth of a point of the unit cube. */
  point: (u: number, v: number, w: number) => [number, number, number];
}

/** Draws the surface; a drag or the arrow keys turn it. */
export class SurfaceView {
  readonly canvas: HTMLCanvasElement;
  private azimuth = -0.9;
  private elevation = 0.62;
  private zoom = 1;
  private ranked: { values: Float64Array; low: number; high: number; log: boolean } | null = null;

  constructor(private redraw: () => void) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "plot";
    this.canvas.tabIndex = 0;
    this.canvas.addEventListener("pointerdown", (event) => this.canvas.setPointerCapture(event.pointerId));
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) this.turn(event.movementX * 0.008, event.movementY * 0.006);
    });
    this.canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoom = Math.max(0.5, Math.min(4, this.zoom * Math.exp(-event.deltaY * 0.002)));
        this.redraw();
      },
      { passive: false },
    );
    this.canvas.addEventListener("keydown", (event) => {
      const turns: Record<string, [number, number]> = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.06], ArrowDown: [0, 0.06] };
      const turn = turns[event.key];
      if (!turn) return;
      event.preventDefault();
      event.stopPropagation();
      this.turn(...turn);
    });
  }

  private turn(azimuth: number, elevation: number): void {
    this.azimuth += azimuth;
    this.elevation = Math.max(0.12, Math.min(1.5, this.elevation + elevation));
    this.redraw();
  }

  private projection(width: number, height: number): Projection {
    const [sa, ca] = [Math.sin(this.azimuth), Math.cos(this.azimuth)];
    const [se, ce] = [Math.sin(this.elevation), Math.cos(this.elevation)];
    const scale = 0.66 * Math.min(width, height * 1.15) * this.zoom;
    return {
      point: (u, v, w) => {
        const [x, y, z] = [u - 0.5, v - 0.5, 0.62 * (w - 0.42)];
        const [right, away] = [ca * x - sa * y, sa * x + ca * y];
        return [width / 2 + scale * right, height / 2 - scale * (se * away + ce * z), ce * away - se * z];
      },
    };
  }

  /** Heights from 0 to 1: logarithmic above the lowest value where the values span many decades, as on the map. */
  private height(value: number): number {
    const { low, high, log } = this.ranked!;
    const bounded = Math.min(value, high);
    if (!log) return (bounded - low) / (high - low || 1);
    const floor = (high - low) * 8e-3;
    return Math.log1p(Math.max(0, bounded - low) / floor) / Math.log1p((high - low) / floor);
  }

  private rank(values: Float64Array): void {
    if (this.ranked?.values === values) return;
    const finite = values.filter((v) => Number.isFinite(v)).sort();
    const quantile = (q: number) => finite[Math.floor(q * (finite.length - 1))] ?? 0;
    const [low, high] = [quantile(0), quantile(0.99)];
    const log = (quantile(0.5) - low) / Math.max(1e-300, quantile(0.02) - low) > 30;
    this.ranked = { values, low, high: high > low ? high : low + 1, log };
  }

  draw(scene: SurfaceScene, colors: Palette): void {
    const { context, width, height } = prepare(this.canvas);
    context.fillStyle = colors.paper;
    context.fillRect(0, 0, width, height);
    if (!scene.heights) return;
    const { values, nodes, window } = scene.heights;
    this.rank(values);
    const projection = this.projection(width, height);
    this.drawMesh(context, values, nodes, projection, colors);
    const unit = ([x, y]: [number, number]): [number, number] => [
      (x - window[0][0]) / (window[0][1] - window[0][0]),
      (y - window[1][0]) / (window[1][1] - window[1][0]),
    ];
    const lift = ([u, v]: [number, number]): [number, number] | null => {
      if (!(u >= 0 && u <= 1 && v >= 0 && v <= 1)) return null;
      const w = this.interpolate(values, nodes, u, v);
      if (!Number.isFinite(w)) return null;
      const [x, y] = projection.point(u, v, w + 0.006);
      return [x, y];
    };
    for (const track of scene.tracks) this.drawPath(context, track, scene, (point) => lift(unit(point)), colors);
    const start = lift(unit(scene.start));
    if (start) drawSymbol(context, "start", ...start, colors);
    for (const { run, style, main } of scene.tracks) {
      const head = lift(unit(pointAt(run, scene.time, scene.clock)));
      if (!head) continue;
      circle(context, ...head, main ? 5.5 : 3.2);
      context.fillStyle = colorOf(colors, style);
      context.strokeStyle = colors.paper;
      context.lineWidth = 2;
      context.fill();
      context.stroke();
    }
  }

  private interpolate(values: Float64Array, nodes: number, u: number, v: number): number {
    const place = (t: number): [number, number] => {
      const scaled = t * (nodes - 1);
      const cell = Math.min(nodes - 2, Math.floor(scaled));
      return [cell, scaled - cell];
    };
    const [i, s] = place(u);
    const [j, t] = place(v);
    const node = (a: number, b: number) => this.height(values[b * nodes + a]!);
    return (1 - t) * ((1 - s) * node(i, j) + s * node(i + 1, j)) + t * ((1 - s) * node(i, j + 1) + s * node(i + 1, j + 1));
  }

  private drawMesh(context: CanvasRenderingContext2D, values: Float64Array, nodes: number, projection: Projection, colors: Palette): void {
    const at = (i: number, j: number) => this.height(values[j * nodes + i]!);
    const place = (i: number, j: number) => projection.point(i / (nodes - 1), j / (nodes - 1), at(i, j));
    const points: [number, number, number][] = [];
    for (let j = 0; j < nodes; j++) for (let i = 0; i < nodes; i++) points.push(place(i, j));
    // From the far side to the near one: whole rows and columns of cells have the same order for a parallel projection.
    const backwards = (near: number) => (near > 0 ? (k: number) => nodes - 2 - k : (k: number) => k);
    const [iOf, jOf] = [backwards(Math.sin(this.azimuth)), backwards(Math.cos(this.azimuth))];
    const last = colors.surface.length - 1;
    context.lineWidth = 0.8;
    context.lineJoin = "round";
    for (let b = 0; b < nodes - 1; b++) {
      for (let a = 0; a < nodes - 1; a++) {
        const [i, j] = [iOf(a), jOf(b)];
        const corners = [points[j * nodes + i]!, points[j * nodes + i + 1]!, points[(j + 1) * nodes + i + 1]!, points[(j + 1) * nodes + i]!];
        if (corners.some((corner) => !Number.isFinite(corner[1]))) continue;
        const [dx, dy] = [at(i + 1, j) - at(i, j), at(i, j + 1) - at(i, j)];
        const slope = (nodes - 1) * 0.62;
        const light = (0.75 - 0.45 * dx * slope + 0.35 * dy * slope) / Math.hypot(1, dx * slope, dy * slope);
        const shade = Math.round(last * Math.max(0, Math.min(1, 0.25 + 0.75 * light)));
        context.fillStyle = context.strokeStyle = colors.surface[shade]!;
        context.beginPath();
        for (const [x, y] of corners) context.lineTo(x, y);
        context.closePath();
        context.fill();
        context.stroke();
      }
    }
  }

  private drawPath(
    context: CanvasRenderingContext2D,
    { run, style, main }: Track,
    { time, clock }: SurfaceScene,
    lift: (point: [number, number]) => [number, number] | null,
    colors: Palette,
  ): void {
    context.save();
    context.strokeStyle = colorOf(colors, style);
    context.setLineDash(main ? dashOf(style) : []);
    context.globalAlpha = main ? 1 : 0.5;
    context.lineWidth = main ? 2.4 : 1.2;
    context.lineJoin = "round";
    context.beginPath();
    let drawing = false;
    const add = (point: [number, number]) => {
      const pixel = lift(point);
      if (pixel && drawing) context.lineTo(...pixel);
      else if (pixel) context.moveTo(...pixel);
      drawing = pixel !== null;
    };
    for (let row = 0; row <= rowAt(run, time, clock); row++) add([at(run, row, Column.X), at(run, row, Column.Y)]);
    add(pointAt(run, time, clock));
    context.stroke();
    context.restore();
  }
}
