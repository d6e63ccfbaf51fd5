// A chart of one quantity of all runs against the time of the race.

import { Column } from "../protocol";
import type { ChartKind } from "../state";
import { type Clock, type Track, at, duration, rowAt, rowCount } from "./paths";
import { circle } from "./symbols";
import { FONT, type Palette, colorOf, dashOf, prepare } from "./theme";
import { THIN } from "./trails";
import { linearTicks, logTicks, numberText, powerText } from "./ticks";

const COLUMN: Record<ChartKind, Column> = {
  value: Column.Value,
  norm: Column.Norm,
  length: Column.Length,
  rate: Column.Rate,
  effective_x: Column.EffectiveX,
  effective_y: Column.EffectiveY,
};
/** Smallest number of decades below the largest value that a logarithmic axis goes to. */
const MAX_DECADES = 16;
/** Values above the largest first one by more than this factor are not framed; on a logarithmic axis, a thousandfold. */
const MAX_GROWTH = 10;
const MARGIN = { left: 46, right: 12, top: 10, bottom: 24 };

export interface ChartScene {
  tracks: Track[];
  kind: ChartKind;
  log: boolean;
  clock: Clock;
  /** True while the lines change with every picture. */
  moving: boolean;
  time: number;
  /** Time under the pointer, in any chart. */
  hover: number | null;
  /** Value that is subtracted from f on a logarithmic axis; null for a function without a lower bound, shown as |f|. */
  base: number | null;
}

interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
  end: number;
  low: number;
  high: number;
}

/** Everything of a chart that does not depend on the time. */
interface Layers {
  key: string;
  tracks: Track[];
  /** Time of the first picture of these tracks. */
  time: number;
  frame: Frame;
  /** What was covered and what is ahead; null until the time moves. */
  drawn: HTMLCanvasElement[] | null;
}

/** Draws a chart; a press or a drag on it moves the time. */
export class ChartView {
  readonly canvas: HTMLCanvasElement;
  private end = 1;
  private layers: Layers | null = null;

  constructor(onTime: (time: number) => void, onHover: (time: number | null) => void) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "plot chart";
    const timeOf = (event: PointerEvent) => {
      const box = this.canvas.getBoundingClientRect();
      const part = (event.clientX - box.left - MARGIN.left) / Math.max(1, box.width - MARGIN.left - MARGIN.right);
      return Math.max(0, Math.min(1, part)) * this.end;
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      onTime(timeOf(event));
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) onTime(timeOf(event));
      onHover(timeOf(event));
    });
    this.canvas.addEventListener("pointerleave", () => onHover(null));
  }

  draw(scene: ChartScene, colors: Palette): void {
    const { context, width, height } = prepare(this.canvas);
    this.end = duration(scene.tracks, scene.clock);
    const key = [width, height, scene.kind, scene.log, scene.clock, scene.base, scene.moving, colors.paper].join();
    if (this.layers?.key !== key || this.layers.tracks !== scene.tracks) {
      this.layers = { key, tracks: scene.tracks, time: scene.time, frame: this.frame(scene, width, height), drawn: null };
    }
    const { layers } = this;
    const { frame } = layers;
    const [ratio, now] = [this.canvas.width / width, Math.min(width, this.x(frame, scene.time))];
    // Time runs to the right: what was covered is what lies to the left of the present.
    if (layers.time === scene.time && !layers.drawn) {
      // What changes with every picture, as the lines of a start that is dragged, is drawn where it is seen.
      context.font = FONT;
      this.drawAxes(context, scene, frame, colors);
      this.drawLines(context, scene, frame, colors, true, [frame.left - 1, now]);
      if (now < frame.left + frame.width) this.drawLines(context, scene, frame, colors, false, [now, frame.left + frame.width + 2]);
    } else {
      layers.drawn ??= [true, false].map((isCovered) => this.layer(scene, frame, colors, isCovered, ratio));
      const [covered, ahead] = layers.drawn;
      const cut = Math.round(now * ratio);
      const [left, right, bottom] = [cut, this.canvas.width - cut, this.canvas.height];
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      if (left > 0) context.drawImage(covered!, 0, 0, left, bottom, 0, 0, left, bottom);
      if (right > 0) context.drawImage(ahead!, left, 0, right, bottom, left, 0, right, bottom);
      context.restore();
    }
    this.drawCursor(context, scene, frame, colors);
  }

  /** Draws axes and lines on a canvas of the size of the chart. */
  private layer(scene: ChartScene, frame: Frame, colors: Palette, isCovered: boolean, ratio: number): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [this.canvas.width, this.canvas.height];
    const context = canvas.getContext("2d")!;
    context.scale(ratio, ratio);
    context.font = FONT;
    this.drawAxes(context, scene, frame, colors);
    this.drawLines(context, scene, frame, colors, isCovered, [frame.left - 1, frame.left + frame.width + 2]);
    return canvas;
  }

  /** Draws the lines between two positions. */
  private drawLines(context: CanvasRenderingContext2D, scene: ChartScene, frame: Frame, colors: Palette, isCovered: boolean, [from, to]: [number, number]): void {
    context.save();
    context.beginPath();
    context.rect(from, frame.top - 3, to - from, frame.height + 6);
    context.clip();
    const order = [...scene.tracks].sort((a, b) => Number(a.main) - Number(b.main));
    order.forEach((track) => this.drawLine(context, track, scene, frame, colors, isCovered));
    context.restore();
  }

  private valueOf(scene: ChartScene, track: Track, row: number): number {
    const value = at(track.run, row, COLUMN[scene.kind]);
    if (scene.kind !== "value" || !scene.log) return value;
    return scene.base === null ? Math.abs(value) : value - scene.base;
  }

  private frame(scene: ChartScene, width: number, height: number): Frame {
    let [low, high] = [Infinity, -Infinity];
    // What grows without end does not flatten the others.
    const limit = MAX_GROWTH * Math.max(0, ...scene.tracks.map((track) => Math.abs(this.valueOf(scene, track, 0))).filter(Number.isFinite));
    for (const track of scene.tracks) {
      for (let row = 0; row < rowCount(track.run); row++) {
        const value = this.valueOf(scene, track, row);
        if (!Number.isFinite(value) || (scene.log && value <= 0)) continue;
        if (limit > 0 && Math.abs(value) > limit * (scene.log ? 1e3 : 1)) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    if (!(low <= high)) [low, high] = scene.log ? [1e-1, 1] : [0, 1];
    if (scene.log) {
      [low, high] = [Math.log10(low), Math.log10(high)];
      low = Math.max(low, high - MAX_DECADES);
    }
    const pad = (high - low) * 0.04 || 0.5 * (Math.abs(high) || 1);
    return {
      left: MARGIN.left,
      top: MARGIN.top,
      width: Math.max(1, width - MARGIN.left - MARGIN.right),
      height: Math.max(1, height - MARGIN.top - MARGIN.bottom),
      end: this.end,
      low: low - pad,
      high: high + pad,
    };
  }

  private x(frame: Frame, time: number): number {
    return frame.left + (time / frame.end) * frame.width;
  }

  private y(frame: Frame, scene: ChartScene, value: number): number {
    const position = scene.log ? (value > 0 ? Math.log10(value) : -Infinity) : value;
    const pixel = frame.top + frame.height * (1 - (position - frame.low) / (frame.high - frame.low));
    return Math.max(-1e5, Math.min(1e5, pixel));
  }

  private drawAxes(context: CanvasRenderingContext2D, scene: ChartScene, frame: Frame, colors: Palette): void {
    const { left, top, width, height } = frame;
    context.lineWidth = 1;
    context.fillStyle = colors.soft;
    const ticks = scene.log
      ? logTicks(frame.low, frame.high, height / 26).map((e) => ({ value: 10 ** e, text: powerText(e) }))
      : linearTicks(frame.low, frame.high, height / 32).map((value) => ({ value, text: numberText(value, 3) }));
    context.textAlign = "right";
    for (const { value, text } of ticks) {
      const py = Math.round(this.y(frame, scene, value)) + 0.5;
      context.strokeStyle = colors.grid;
      context.beginPath();
      context.moveTo(left, py);
      context.lineTo(left + width, py);
      context.stroke();
      context.fillText(text, left - 7, py + 4);
    }
    context.textAlign = "center";
    for (const time of linearTicks(0, frame.end, width / 80)) {
      const px = this.x(frame, time);
      context.fillText(numberText(time), Math.min(px, left + width - 10), top + height + 17);
    }
    context.strokeStyle = colors.axis;
    context.beginPath();
    context.moveTo(left, top + height + 0.5);
    context.lineTo(left + width, top + height + 0.5);
    context.stroke();
  }

  /** Draws a line through all values; where many fall into one pixel, through the lowest and the highest of them. */
  private drawLine(
    context: CanvasRenderingContext2D,
    track: Track,
    scene: ChartScene,
    frame: Frame,
    colors: Palette,
    isCovered: boolean,
  ): void {
    const { run, style, main } = track;
    const column = scene.clock === "steps" ? Column.Step : Column.Evaluations;
    context.strokeStyle = colorOf(colors, style);
    context.lineJoin = "bevel";
    context.setLineDash(isCovered && main ? dashOf(style) : []);
    context.lineWidth = scene.moving ? THIN / context.getTransform().a : isCovered && main ? 1.8 : 1;
    context.globalAlpha = isCovered ? (main ? 1 : 0.4) : main ? 0.25 : 0.12;
    context.beginPath();
    let [pixel, low, high, last] = [NaN, 0, 0, 0];
    const flush = () => {
      if (Number.isNaN(pixel)) return;
      if (high - low > 0.5) {
        context.lineTo(pixel, low);
        context.lineTo(pixel, high);
      }
      context.lineTo(pixel, last);
    };
    for (let row = 0; row < rowCount(run); row++) {
      const value = this.valueOf(scene, track, row);
      if (Number.isNaN(value)) continue;
      const px = this.x(frame, at(run, row, column));
      const py = this.y(frame, scene, value);
      if (px - pixel < 1) {
        [low, high, last] = [Math.min(low, py), Math.max(high, py), py];
        continue;
      }
      flush();
      [pixel, low, high, last] = [px, py, py, py];
    }
    flush();
    context.stroke();
  }

  private drawCursor(context: CanvasRenderingContext2D, scene: ChartScene, frame: Frame, colors: Palette): void {
    const column = scene.clock === "steps" ? Column.Step : Column.Evaluations;
    for (const [time, alpha] of [
      [scene.time, 0.9],
      [scene.hover, 0.5],
    ] as const) {
      if (time === null) continue;
      const px = Math.round(this.x(frame, time)) + 0.5;
      context.globalAlpha = alpha;
      context.strokeStyle = colors.soft;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(px, frame.top);
      context.lineTo(px, frame.top + frame.height);
      context.stroke();
      context.globalAlpha = 1;
    }
    const time = scene.hover ?? scene.time;
    for (const track of scene.tracks.filter((track) => track.main)) {
      const row = rowAt(track.run, time, scene.clock);
      const value = this.valueOf(scene, track, row);
      const py = this.y(frame, scene, value);
      if (!Number.isFinite(value) || py < frame.top - 3 || py > frame.top + frame.height + 3) continue;
      circle(context, this.x(frame, at(track.run, row, column)), py, 3);
      context.fillStyle = colorOf(colors, track.style);
      context.strokeStyle = colors.paper;
      context.lineWidth = 1.2;
      context.fill();
      context.stroke();
    }
  }
}
