// Contours as a picture of the map, which the worker draws once for each window.

import type { ContourData, ContourLook } from "../protocol";

/** Draws shades and lines. */
export function renderContours(data: ContourData, { width, height, lineWidth, shades, line }: ContourLook): ImageBitmap {
  const canvas = new OffscreenCanvas(width, height);
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
    context.fillStyle = shades[Math.round(position! * (shades.length - 1))]!;
    context.fill(trace(regions!, true));
    const contour = trace(lines!, false);
    if (Number.isFinite(level)) {
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      const scaled = new Path2D();
      scaled.addPath(contour, new DOMMatrix([canvas.width, 0, 0, canvas.height, 0, 0]));
      context.lineWidth = lineWidth;
      context.globalAlpha = 0.65;
      context.strokeStyle = line;
      context.stroke(scaled);
      context.restore();
    }
  }
  return canvas.transferToImageBitmap();
}
