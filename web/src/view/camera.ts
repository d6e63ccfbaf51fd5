// The window of the map: one unit has the same length along both axes.

import { COLUMNS, Column, type FunctionInfo, type RunOrError, type Window2 } from "../protocol";

export interface Camera {
  x: number;
  y: number;
  /** Half the smaller side of the map, in units of the variables. */
  radius: number;
}

/** Points above the best by more than this multiple of the first gap are not framed. */
const MAX_FRAMED_GAP = 20;
const MARGIN = 1.18;

/** The ranges that a canvas of this size shows. */
export function windowOf(camera: Camera, width: number, height: number): Window2 {
  const scale = camera.radius / (Math.min(width, height) / 2);
  const [rx, ry] = [(scale * width) / 2, (scale * height) / 2];
  return [
    [camera.x - rx, camera.x + rx],
    [camera.y - ry, camera.y + ry],
  ];
}

/** A camera that shows the start, the known minima and the paths as far as they matter. */
export function fitCamera(info: FunctionInfo, start: [number, number], runs: RunOrError[], width: number, height: number): Camera {
  const points: [number, number][] = [start];
  let lowest = info.value;
  for (const run of runs) {
    if ("error" in run) continue;
    for (let i = 0; i < run.rows.length; i += COLUMNS) {
      const value = run.rows[i + Column.Value]!;
      if (value < lowest) lowest = value;
    }
  }
  if (info.unbounded) lowest = Math.max(lowest, info.value - 4);
  const limit = lowest + MAX_FRAMED_GAP * Math.max(info.value - lowest, 1e-300);
  for (const run of runs) {
    if ("error" in run) continue;
    for (let i = 0; i < run.rows.length; i += COLUMNS) {
      const value = run.rows[i + Column.Value]!;
      const [x, y] = [run.rows[i + Column.X]!, run.rows[i + Column.Y]!];
      if (Number.isFinite(x) && Number.isFinite(y) && value <= limit && (!info.unbounded || value >= lowest)) points.push([x, y]);
    }
  }
  const own = bounds(points);
  const size = Math.max(own[0][1] - own[0][0], own[1][1] - own[1][0], 1e-9);
  const near = ([x, y]: [number, number]) =>
    x > own[0][0] - size && x < own[0][1] + size && y > own[1][0] - size && y < own[1][1] + size;
  const [[x0, x1], [y0, y1]] = bounds([...points, ...(info.variables.length === 2 ? info.minima.filter(near) : [])]);
  const side = Math.min(width, height);
  const radius = Math.max((x1 - x0) / (width / side), (y1 - y0) / (height / side), size * 0.4) / 2;
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, radius: radius * MARGIN || 1 };
}

function bounds(points: [number, number][]): Window2 {
  const window: Window2 = [
    [Infinity, -Infinity],
    [Infinity, -Infinity],
  ];
  for (const point of points) {
    for (const axis of [0, 1] as const) {
      window[axis][0] = Math.min(window[axis][0], point[axis]);
      window[axis][1] = Math.max(window[axis][1], point[axis]);
    }
  }
  return window;
}
