// The runs as the page draws them: positions along the time of the race.

import { COLUMNS, Column, type Run } from "../protocol";

/** A run with its style. */
export interface Track {
  run: Run;
  style: number;
  /** Text form of the method. */
  spec: string;
  /** True for the runs from the chosen start, false for those of further starts. */
  main: boolean;
}

export type Clock = "steps" | "evaluations";

const clockColumn = (clock: Clock): Column => (clock === "steps" ? Column.Step : Column.Evaluations);

/** Number of rows of a run. */
export const rowCount = (run: Run): number => run.rows.length / COLUMNS;

/** A number of a row. */
export const at = (run: Run, row: number, column: Column): number => run.rows[row * COLUMNS + column]!;

/** The last time of any run, at least 1. */
export function duration(tracks: Track[], clock: Clock): number {
  const ends = tracks.map(({ run }) => at(run, rowCount(run) - 1, clockColumn(clock)));
  return Math.max(1, ...ends.filter(Number.isFinite));
}

/** The last row at or before a time, by bisection: times rise from row to row. */
export function rowAt(run: Run, time: number, clock: Clock): number {
  const column = clockColumn(clock);
  let [low, high] = [0, rowCount(run) - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (at(run, middle, column) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The point of a run at a time, between two rows on the line between them. */
export function pointAt(run: Run, time: number, clock: Clock): [number, number] {
  const row = rowAt(run, time, clock);
  const [x, y] = [at(run, row, Column.X), at(run, row, Column.Y)];
  if (row + 1 >= rowCount(run)) return [x, y];
  const column = clockColumn(clock);
  const [now, next] = [at(run, row, column), at(run, row + 1, column)];
  const part = next > now ? Math.min(1, Math.max(0, (time - now) / (next - now))) : 0;
  return [x + part * (at(run, row + 1, Column.X) - x), y + part * (at(run, row + 1, Column.Y) - y)];
}
