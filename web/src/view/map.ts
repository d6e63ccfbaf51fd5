// The map: contours, critical points, paths up to the present time, and the start, which can be dragged.

import type { MarkedPoint, StepDetail, Window2 } from "../protocol";
import { type Camera, windowOf } from "./camera";
import { type Clock, type Track, pointAt } from "./paths";
import { sizeOf } from "./size";
import { arrow, circle, drawSymbol } from "./symbols";
import { FONT, type Palette, colorOf, prepare } from "./theme";
import { linearTicks, numberText } from "./ticks";
import { type Transform, Trails } from "./trails";

export interface MapScene {
  contours: { image: ImageBitmap; window: Window2 } | null;
  critical: MarkedPoint[];
  tracks: Track[];
  time: number;
  /** Time under the pointer in a chart, at which the points are shown then. */
  hover: number | null;
  clock: Clock;
  /** True while the paths change with every picture. */
  moving: boolean;
  start: [number, number];
  variables: [string, string];
  /** The step that is looked into, with the style of its method. */
  inspected: { detail: StepDetail; style: number } | null;
}

/** The map with its pointers and keys. */
export class MapView {
  readonly canvas: HTMLCanvasElement;
  private pointers = new Map<number, [number, number]>();
  private dragging: "start" | "map" | null = null;
  private trails = new Trails();
  private critical: MarkedPoint[] = [];

  constructor(
    private camera: () => Camera,
    private onCamera: (camera: Camera) => void,
    private onStart: (start: [number, number]) => void,
    private startOf: () => [number, number],
    private describe: (point: MarkedPoint) => string,
    private onDrag: (dragging: boolean) => void,
  ) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "plot";
    this.canvas.tabIndex = 0;
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel"] as const) {
      this.canvas.addEventListener(type, (event) => this.release(event));
    }
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  window(): Window2 {
    // While the surface is shown in its place, the map has no size of its own.
    const [width, height] = sizeOf(this.canvas.hidden ? (this.canvas.parentElement ?? this.canvas) : this.canvas);
    return windowOf(this.camera(), Math.max(1, width), Math.max(1, height));
  }

  private transform(): Transform {
    const [[x0, x1], [y0, y1]] = this.window();
    const [w, h] = sizeOf(this.canvas);
    const [sx, sy] = [w / (x1 - x0), h / (y1 - y0)];
    return { x: (x) => (x - x0) * sx, y: (y) => h - (y - y0) * sy, key: [x0, x1, y0, y1].join() };
  }

  private toPixel([x, y]: [number, number]): [number, number] {
    const [[x0, x1], [y0, y1]] = this.window();
    const [w, h] = sizeOf(this.canvas);
    return [((x - x0) / (x1 - x0)) * w, h - ((y - y0) / (y1 - y0)) * h];
  }

  private toPoint([px, py]: [number, number]): [number, number] {
    const [[x0, x1], [y0, y1]] = this.window();
    const [w, h] = sizeOf(this.canvas);
    return [x0 + (px / w) * (x1 - x0), y0 + ((h - py) / h) * (y1 - y0)];
  }

  private local(event: PointerEvent | WheelEvent): [number, number] {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private press(event: PointerEvent): void {
    const pixel = this.local(event);
    this.pointers.set(event.pointerId, pixel);
    this.canvas.setPointerCapture(event.pointerId);
    const [sx, sy] = this.toPixel(this.startOf());
    const reach = event.pointerType === "touch" ? 26 : 14;
    this.dragging = Math.hypot(pixel[0] - sx, pixel[1] - sy) <= reach ? "start" : "map";
    this.onDrag(this.dragging === "start");
    this.canvas.classList.toggle("grabbing", true);
  }

  private move(event: PointerEvent): void {
    const pixel = this.local(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      const [sx, sy] = this.toPixel(this.startOf());
      this.canvas.classList.toggle("over-start", Math.hypot(pixel[0] - sx, pixel[1] - sy) <= 14);
      const near = this.critical.find(({ x }) => Math.hypot(...this.toPixel(x).map((v, i) => v - pixel[i as 0 | 1])) <= 12);
      this.canvas.title = near ? this.describe(near) : "";
      return;
    }
    if (this.pointers.size === 2) this.pinch(event.pointerId, before, pixel);
    else if (this.dragging === "start") this.onStart(this.rounded(this.toPoint(pixel)));
    else if (this.dragging === "map") {
      const [from, to] = [this.toPoint(before), this.toPoint(pixel)];
      const camera = this.camera();
      this.onCamera({ ...camera, x: camera.x + from[0] - to[0], y: camera.y + from[1] - to[1] });
    }
    this.pointers.set(event.pointerId, pixel);
  }

  private pinch(id: number, before: [number, number], now: [number, number]): void {
    const other = [...this.pointers].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const distance = (a: [number, number]) => Math.hypot(a[0] - other[0], a[1] - other[1]);
    const factor = distance(before) / Math.max(1, distance(now));
    this.zoom(factor, [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
  }

  private release(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    if (this.pointers.size === 0) {
      this.dragging = null;
      this.onDrag(false);
    }
    this.canvas.classList.toggle("grabbing", this.pointers.size > 0);
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    this.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004), this.local(event));
  }

  /** Changes the radius by a factor; the point under a pixel stays there. */
  zoom(factor: number, pixel?: [number, number]): void {
    const [w, h] = sizeOf(this.canvas);
    const fixed = this.toPoint(pixel ?? [w / 2, h / 2]);
    const camera = this.camera();
    const radius = Math.min(1e12, Math.max(1e-12, camera.radius * factor));
    const applied = radius / camera.radius;
    this.onCamera({ x: fixed[0] + (camera.x - fixed[0]) * applied, y: fixed[1] + (camera.y - fixed[1]) * applied, radius });
  }

  private key(event: KeyboardEvent): void {
    const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const step = steps[event.key];
    if (step && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const unit = this.camera().radius * (event.shiftKey ? 0.1 : 0.02);
      const [x, y] = this.startOf();
      this.onStart(this.rounded([x + step[0] * unit, y + step[1] * unit]));
    } else if (event.key === "+" || event.key === "=") this.zoom(0.8);
    else if (event.key === "-") this.zoom(1.25);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Rounds a point to what a pixel can tell, so that addresses stay short. */
  private rounded([x, y]: [number, number]): [number, number] {
    const pixel = (2 * this.camera().radius) / Math.min(...sizeOf(this.canvas));
    const unit = 10 ** Math.floor(Math.log10(pixel));
    const decimals = Math.max(0, -Math.log10(unit));
    const round = (v: number) => Number((Math.round(v / unit) * unit).toFixed(Math.min(20, Math.round(decimals))));
    return [round(x), round(y)];
  }

  draw(scene: MapScene, colors: Palette): void {
    const { context, width, height } = prepare(this.canvas);
    this.critical = scene.critical;
    this.drawBackground(context, scene, colors, width, height);
    this.drawAxes(context, colors, width, height, scene.variables);
    this.trails.draw(context, scene.tracks, scene.time, scene.clock, this.transform(), colors, scene.moving);
    this.drawCritical(context, scene.critical, colors);
    drawSymbol(context, "start", ...this.toPixel(scene.start), colors);
    if (scene.inspected) this.drawStep(context, scene.inspected, colors);
    for (const track of scene.tracks) this.drawHead(context, track, scene, colors);
  }

  private drawBackground(
    context: CanvasRenderingContext2D,
    { contours }: MapScene,
    colors: Palette,
    width: number,
    height: number,
  ): void {
    context.fillStyle = colors.paper;
    context.fillRect(0, 0, width, height);
    if (!contours) return;
    // The picture of an earlier window is moved and scaled until that of the present one is there.
    const { window, image } = contours;
    const [left, bottom] = this.toPixel([window[0][0], window[1][0]]);
    const [right, top] = this.toPixel([window[0][1], window[1][1]]);
    context.drawImage(image, left, top, right - left, bottom - top);
  }

  private drawAxes(context: CanvasRenderingContext2D, colors: Palette, width: number, height: number, names: [string, string]): void {
    const [[x0, x1], [y0, y1]] = this.window();
    context.font = FONT;
    context.fillStyle = colors.soft;
    context.strokeStyle = colors.paper;
    context.lineWidth = 3;
    context.lineJoin = "round";
    const label = (text: string, x: number, y: number, align: CanvasTextAlign) => {
      context.textAlign = align;
      context.strokeText(text, x, y);
      context.fillText(text, x, y);
    };
    context.globalAlpha = 0.92;
    for (const tick of linearTicks(x0, x1, width / 90)) {
      const [px] = this.toPixel([tick, y0]);
      if (px < 34 || px > width - 34) continue;
      context.fillRect(px - 0.5, height - 5, 1, 5);
      label(numberText(tick), px, height - 9, "center");
    }
    for (const tick of linearTicks(y0, y1, height / 70)) {
      const [, py] = this.toPixel([x0, tick]);
      if (py < 26 || py > height - 26) continue;
      context.fillRect(0, py - 0.5, 5, 1);
      label(numberText(tick), 9, py + 4, "left");
    }
    context.font = `italic ${FONT}`;
    label(names[0], width - 14, height - 9, "right");
    label(names[1], 9, 18, "left");
    context.globalAlpha = 1;
  }

  private drawHead(context: CanvasRenderingContext2D, { run, style, main }: Track, { time, hover, clock }: MapScene, colors: Palette): void {
    const [x, y] = this.toPixel(pointAt(run, hover ?? time, clock));
    if (!Number.isFinite(x) || !Number.isFinite(y)) return;
    circle(context, x, y, main ? 5.5 : 3.2);
    context.fillStyle = colorOf(colors, style);
    context.strokeStyle = colors.paper;
    context.lineWidth = main ? 2 : 1.2;
    context.fill();
    context.stroke();
  }

  private drawCritical(context: CanvasRenderingContext2D, points: MarkedPoint[], colors: Palette): void {
    for (const point of points) {
      const [x, y] = this.toPixel(point.x);
      context.strokeStyle = context.fillStyle = colors.text;
      for (const [dx, dy] of point.kind === "saddle" ? point.escapes : []) {
        for (const sign of [-1, 1]) {
          const end = (r: number): [number, number] => [x + sign * r * dx, y - sign * r * dy];
          context.globalAlpha = 0.75;
          arrow(context, end(9), end(26), 1.5);
          context.globalAlpha = 1;
        }
      }
      drawSymbol(context, point.kind, x, y, colors);
    }
  }

  /** Draws the gradient and the step of the inspected method, the gradient shortened to the length of the step or more. */
  private drawStep(context: CanvasRenderingContext2D, { detail, style }: { detail: StepDetail; style: number }, colors: Palette): void {
    const [before, after, gradient] = detail.shown;
    const [from, to] = [this.toPixel(before), this.toPixel(after)];
    const length = Math.max(36, Math.min(120, Math.hypot(to[0] - from[0], to[1] - from[1])));
    const norm = Math.hypot(...gradient);
    if (norm > 0 && Number.isFinite(norm)) {
      const [gx, gy] = gradient;
      context.strokeStyle = context.fillStyle = colors.soft;
      arrow(context, from, [from[0] - (gx / norm) * length, from[1] + (gy / norm) * length], 2);
    }
    context.strokeStyle = context.fillStyle = colorOf(colors, style);
    arrow(context, from, to, 3);
  }
}
