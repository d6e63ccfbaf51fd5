// What the panels share: the state, the results of the computations, and the time of the race.

import type { Engine } from "./engine";
import { Column, type FunctionInfo, type MarkedPoint, type PageError, type Plane, type RunOrError, type TableInfo } from "./protocol";
import type { State } from "./state";
import { t } from "./i18n";
import { type Clock, type Track, at } from "./view/paths";
import { forgetPalette } from "./view/theme";

/** Parts of the page that a change can concern. */
export type Change = "state" | "function" | "results" | "time" | "hover" | "language" | "theme" | "contours" | "selection" | "rest";

export class Page {
  info: FunctionInfo | null = null;
  /** The open table, with the number of tables that were opened. */
  table: { info: TableInfo; file: string; target: string; count: number } | null = null;
  /** The plane of a function of more than two variables; null for two. */
  plane: Plane | null = null;
  /** True while the start is dragged, which keeps the plane as it is. */
  dragging = false;
  functionError: PageError | null = null;
  /** Results of the methods in their order. */
  results: RunOrError[] = [];
  tracks: Track[] = [];
  critical: MarkedPoint[] = [];
  time = 0;
  hover: number | null = null;
  playing = false;
  /** True while results follow each other closely, as those of a start that is dragged: they are drawn in thin lines. */
  moving = false;
  speed = 1;
  /** Index of the method that is looked into. */
  selected = 0;
  inspecting = false;
  private listeners: ((change: Change) => void)[] = [];

  constructor(
    public state: State,
    readonly engine: Engine,
  ) {}

  get clock(): Clock {
    return this.state.by;
  }

  /** Names of the axes of the map. */
  get axes(): [string, string] {
    const [x, y, ...more] = this.info?.variables ?? ["x", "y"];
    return more.length > 0 ? [t("direction", { n: 1 }), t("direction", { n: 2 })] : [x!, y!];
  }

  /** The start on the map. */
  get startOnMap(): [number, number] {
    const start = this.state.start ?? this.info?.start;
    if (this.plane === null) return start?.length === 2 ? [start[0]!, start[1]!] : [0, 0];
    const track = this.tracks.find(({ main }) => main);
    return track ? [at(track.run, 0, Column.X), at(track.run, 0, Column.Y)] : [0, 0];
  }

  /** Moves the start to a point of the map. */
  setStart([x, y]: [number, number]): void {
    const { plane } = this;
    const [u, v] = plane?.axes ?? [[], []];
    this.update({ start: plane ? plane.origin.map((origin, i) => origin + x * u[i]! + y * v[i]!) : [x, y] });
  }

  /** Calls a listener after every change. */
  listen(listener: (change: Change) => void): void {
    this.listeners.push(listener);
  }

  notify(change: Change): void {
    if (change === "theme") forgetPalette();
    for (const listener of this.listeners) listener(change);
  }

  /** Changes the state. */
  update(patch: Partial<State>): void {
    this.state = { ...this.state, ...patch };
    this.notify("state");
  }

  /** Changes one method. */
  updateMethod(index: number, patch: Partial<State["methods"][number]>): void {
    this.update({ methods: this.state.methods.map((method, i) => (i === index ? { ...method, ...patch } : method)) });
  }

  setTime(time: number): void {
    this.time = time;
    this.notify("time");
  }
}
