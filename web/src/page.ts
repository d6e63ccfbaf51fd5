// What the panels share: the state, the results of the computations, and the time of the race.

import type { Engine } from "./engine";
import type { FunctionInfo, MarkedPoint, PageError, RunOrError } from "./protocol";
import type { State } from "./state";
import type { Clock, Track } from "./view/paths";
import { forgetPalette } from "./view/theme";

/** Parts of the page that a change can concern. */
export type Change = "state" | "function" | "results" | "time" | "hover" | "language" | "theme" | "contours" | "selection" | "note" | "rest";

export class Page {
  info: FunctionInfo | null = null;
  /** What the data are whose loss is shown; empty without data. */
  note = "";
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
