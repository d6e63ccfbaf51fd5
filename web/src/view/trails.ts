// The paths on the map: a faint layer with the whole paths, and one with what was covered so far, which grows while the
// race runs instead of being drawn anew.

import { Column } from "../protocol";
import { type Clock, type Track, at, pointAt, rowAt, rowCount } from "./paths";
import { type Palette, colorOf, dashOf } from "./theme";

/** From units of the variables to pixels. */
export interface Transform {
  x: (value: number) => number;
  y: (value: number) => number;
  /** Changes whenever the transform does. */
  key: string;
}

interface Layer {
  canvas: HTMLCanvasElement;
  context: CanvasRenderingContext2D;
}

/** Width in pixels of the screen of paths that change with every picture: wider lines take ten times as long. */
export const THIN = 1;
/** Distance in pixels below which two points of a path are one. */
const MIN_DISTANCE = 0.7;

const clamp = (pixel: number): number => Math.max(-1e5, Math.min(1e5, pixel));

export class Trails {
  private whole: Layer | null = null;
  private covered: Layer | null = null;
  private moving = false;
  private hasWhole = false;
  private hasCovered = false;
  private key = "";
  private time = 0;
  private tracks: Track[] = [];
  /** Last drawn row and drawn length of each path, at which its dash pattern continues. */
  private progress: { row: number; length: number }[] = [];

  /** Draws the paths up to a time. */
  draw(context: CanvasRenderingContext2D, tracks: Track[], time: number, clock: Clock, transform: Transform, colors: Palette, moving: boolean): void {
    this.moving = moving;
    const { width, height } = context.canvas;
    const key = `${moving} ${transform.key} ${width} ${height} ${colors.paper} ${clock}`;
    const rows = tracks.map(({ run }) => rowAt(run, time, clock));
    const isAhead = rows.some((row, i) => row < rowCount(tracks[i]!.run) - 1);
    if (this.tracks !== tracks || this.key !== key) {
      [this.tracks, this.key, this.time, this.hasWhole, this.hasCovered] = [tracks, key, time, false, false];
    }
    if (this.time === time && !this.hasCovered) {
      // What changes with every picture, as the paths of a start that is dragged, is drawn where it is seen.
      this.progress = tracks.map(() => ({ row: 0, length: 0 }));
      context.save();
      if (isAhead) tracks.forEach((track) => this.drawWhole(context, track, transform, colors));
      this.extend(context, rows, transform, colors);
      context.restore();
    } else this.drawLayers(context, rows, isAhead, transform, colors);
    this.time = time;
    tracks.forEach((track, i) => this.drawTip(context, track, rows[i]!, time, clock, transform, colors));
  }

  /** Draws both layers; what was covered since the last picture is added to its layer. */
  private drawLayers(context: CanvasRenderingContext2D, rows: number[], isAhead: boolean, transform: Transform, colors: Palette): void {
    const { width, height } = context.canvas;
    const ratio = context.getTransform().a;
    if (isAhead && !this.hasWhole) {
      this.hasWhole = true;
      this.whole = this.layer(this.whole, width, height, ratio);
      this.tracks.forEach((track) => this.drawWhole(this.whole!.context, track, transform, colors));
    }
    if (!this.hasCovered || rows.some((row, i) => row < this.progress[i]!.row)) {
      this.hasCovered = true;
      this.covered = this.layer(this.covered, width, height, ratio);
      this.progress = this.tracks.map(() => ({ row: 0, length: 0 }));
    }
    this.extend(this.covered!.context, rows, transform, colors);
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (isAhead) context.drawImage(this.whole!.canvas, 0, 0);
    context.drawImage(this.covered!.canvas, 0, 0);
    context.restore();
  }

  private layer(reused: Layer | null, width: number, height: number, ratio: number): Layer {
    const canvas = reused?.canvas ?? document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = reused?.context ?? canvas.getContext("2d")!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { canvas, context };
  }

  private drawWhole(context: CanvasRenderingContext2D, { run, style, main }: Track, transform: Transform, colors: Palette): void {
    context.strokeStyle = colorOf(colors, style);
    context.setLineDash([]);
    context.globalAlpha = main ? 0.22 : 0.1;
    context.lineWidth = 1;
    this.trace(context, run, 0, rowCount(run) - 1, transform);
  }

  private pen(context: CanvasRenderingContext2D, { style, main }: Track, length: number, colors: Palette): void {
    context.strokeStyle = colorOf(colors, style);
    context.setLineDash(main ? dashOf(style) : []);
    context.lineDashOffset = length;
    context.globalAlpha = main ? 1 : 0.45;
    context.lineWidth = this.moving ? THIN / context.getTransform().a : main ? 2.2 : 1.1;
  }

  /** Draws the paths from where they were drawn to up to these rows. */
  private extend(context: CanvasRenderingContext2D, rows: number[], transform: Transform, colors: Palette): void {
    this.tracks.forEach((track, i) => {
      const [progress, row] = [this.progress[i]!, rows[i]!];
      if (row <= progress.row) return;
      this.pen(context, track, progress.length, colors);
      progress.length += this.trace(context, track.run, progress.row, row, transform);
      progress.row = row;
    });
  }

  /** The part from the last row to the present point between two rows. */
  private drawTip(
    context: CanvasRenderingContext2D,
    track: Track,
    row: number,
    time: number,
    clock: Clock,
    transform: Transform,
    colors: Palette,
  ): void {
    const [x, y] = pointAt(track.run, time, clock);
    const from = [transform.x(at(track.run, row, Column.X)), transform.y(at(track.run, row, Column.Y))] as const;
    const to = [transform.x(x), transform.y(y)] as const;
    if (![...from, ...to].every(Number.isFinite)) return;
    context.save();
    this.pen(context, track, this.progress[this.tracks.indexOf(track)]?.length ?? 0, colors);
    context.beginPath();
    context.moveTo(clamp(from[0]), clamp(from[1]));
    context.lineTo(clamp(to[0]), clamp(to[1]));
    context.stroke();
    context.restore();
  }

  /** Strokes a path from row to row; returns its length in pixels. */
  private trace(context: CanvasRenderingContext2D, run: Track["run"], from: number, to: number, transform: Transform): number {
    let [lastX, lastY, length] = [NaN, NaN, 0];
    context.lineJoin = "bevel";
    context.beginPath();
    for (let row = from; row <= to; row++) {
      const [px, py] = [transform.x(at(run, row, Column.X)), transform.y(at(run, row, Column.Y))];
      if (!Number.isFinite(px) || !Number.isFinite(py)) break;
      const distance = Math.hypot(px - lastX, py - lastY);
      if (row !== to && distance < MIN_DISTANCE) continue;
      if (distance < 1e6) length += distance;
      [lastX, lastY] = [px, py];
      context.lineTo(clamp(px), clamp(py));
    }
    context.stroke();
    return length;
  }
}
