// Symbols of points, those of the pictures of thalweg.

import type { Kind } from "../protocol";
import type { Palette } from "./theme";

const RADIUS = 5;

/** Draws the symbol of a start or a critical point. */
export function drawSymbol(context: CanvasRenderingContext2D, kind: Kind | "start", x: number, y: number, colors: Palette): void {
  context.save();
  context.setLineDash([]);
  context.lineJoin = "round";
  context.lineCap = "round";
  context.strokeStyle = colors.paper;
  context.fillStyle = colors.text;
  switch (kind) {
    case "start":
      circle(context, x, y, RADIUS + 2.5);
      context.fillStyle = colors.paper;
      context.fill();
      circle(context, x, y, RADIUS);
      context.strokeStyle = colors.text;
      context.lineWidth = 2;
      context.stroke();
      break;
    case "minimum":
      polygon(context, x, y, 10, (k) => (k % 2 === 0 ? RADIUS + 2.5 : 3.1));
      break;
    case "maximum":
      polygon(context, x, y, 3, () => RADIUS + 1.5);
      break;
    case "degenerate":
      polygon(context, x, y, 4, () => RADIUS + 1);
      break;
    case "saddle":
      for (const [width, color] of [
        [5, colors.paper],
        [2.4, colors.text],
      ] as const) {
        context.lineWidth = width;
        context.strokeStyle = color;
        context.beginPath();
        const r = RADIUS - 0.6;
        context.moveTo(x - r, y - r);
        context.lineTo(x + r, y + r);
        context.moveTo(x - r, y + r);
        context.lineTo(x + r, y - r);
        context.stroke();
      }
      break;
  }
  context.restore();
}

export function circle(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

function polygon(context: CanvasRenderingContext2D, x: number, y: number, corners: number, radius: (k: number) => number): void {
  context.beginPath();
  for (let k = 0; k < corners; k++) {
    const angle = (2 * Math.PI * k) / corners;
    context.lineTo(x + radius(k) * Math.sin(angle), y - radius(k) * Math.cos(angle));
  }
  context.closePath();
  context.lineWidth = 2.4;
  context.stroke();
  context.fill();
}

/** Draws an arrow from one point to another. */
export function arrow(context: CanvasRenderingContext2D, from: [number, number], to: [number, number], width = 2): void {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy);
  if (!(length > 1) || !Number.isFinite(length)) return;
  const [ux, uy] = [dx / length, dy / length];
  const head = Math.min(9, 0.5 * length);
  context.save();
  context.setLineDash([]);
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(to[0] - 0.7 * head * ux, to[1] - 0.7 * head * uy);
  context.stroke();
  context.beginPath();
  context.moveTo(...to);
  context.lineTo(to[0] - head * ux + 0.45 * head * uy, to[1] - head * uy - 0.45 * head * ux);
  context.lineTo(to[0] - head * ux - 0.45 * head * uy, to[1] - head * uy + 0.45 * head * ux);
  context.closePath();
  context.fill();
  context.restore();
}
