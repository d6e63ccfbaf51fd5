// Contours as a picture of the map, which is drawn once for each window.

import type { ContourData } from "../protocol";
import type { Palette } from "./theme";

/** Draws shades and lines on a canvas of this size; its data attribute has the colour of the paper it is for. */
export function renderContours(data: ContourData, colors: Palette, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const ratio = Math.min(window.devicePixelRatio || 1, 3);
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  canvas.dataset["paper"] = colors.paper;
  const context = canvas.getContext("2d")!;
  context.scale(canvas.width, canvas.height);
  let [curve, point] = [0, 0];
  const trace = (count: number, closed: boolean): Path2D => {
    const path = new Path2D();
    for (let k = 0; k < count; k++, curve++) {
      for (let i = 0; i < data.lengths[curve]!; i++, point += 2) {
        const [x, y] = [data.points[point]!, 1 - data.points[point + 1]!];
        if (i === 0) path.moveTo(x, y);
        else path.lineTo(x, y);
      }
      if (closed) path.closePath();
    }
    return path;
  };
  for (let band = 0; band < data.bands.length; band += 4) {
    const [position, level, regions, lines] = data.bands.subarray(band, band + 4);
    context.fillStyle = colors.shades[Math.round(position! * (colors.shades.length - 1))]!;
    context.fill(trace(regions!, true));
    const contour = trace(lines!, false);
    if (Number.isFinite(level)) {
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      const scaled = new Path2D();
      scaled.addPath(contour, new DOMMatrix([canvas.width, 0, 0, canvas.height, 0, 0]));
      context.lineWidth = 0.7 * ratio;
      context.globalAlpha = 0.65;
      context.strokeStyle = colors.contour;
      context.stroke(scaled);
      context.restore();
    }
  }
  return canvas;
}
