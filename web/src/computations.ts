// Computes anew what a change of the state requires, the newest state first and nothing twice.

import { ComputationError, latest } from "./engine";
import type { Page } from "./page";
import type { RunOrError, Scene } from "./protocol";
import { sceneOf } from "./state";
import { type Camera, fitCamera } from "./view/camera";
import { duration } from "./view/paths";
import type { Window2 } from "./protocol";

/** Milliseconds between results below which they are drawn as moving, and without results after which they rest. */
const MOVING = 250;
const REST = 150;

export class Computations {
  private arrived = -Infinity;
  private resting = 0;
  private functionKey = "";
  private runsKey = "";
  /** The runs from all starts. */
  private all: RunOrError[] = [];
  private onFirst: (() => void) | null = null;
  private compute: (argument: null) => void;

  constructor(
    private page: Page,
    private window: () => Window2,
    private setCamera: (camera: Camera) => void,
    private size: () => [number, number],
  ) {
    this.compute = latest(() => this.update());
    page.listen((change) => {
      if (change === "state") this.compute(null);
    });
  }

  /** Computes the first state; `onFirst` follows its results. */
  start(onFirst: () => void): void {
    this.onFirst = onFirst;
    this.compute(null);
  }

  private async update(): Promise<void> {
    const { page } = this;
    const scene = sceneOf(page.state);
    try {
      await this.describe(scene);
      await this.run(scene);
    } catch (error) {
      page.functionError = error instanceof ComputationError ? error.detail : { part: "page", message: String(error) };
      page.notify("function");
    }
  }

  private async describe(scene: Scene): Promise<void> {
    const { page } = this;
    const key = JSON.stringify([scene, page.table?.count]);
    if (key !== this.functionKey) {
      page.info = await page.engine.call("describeFunction", { scene });
      this.functionKey = key;
    } else if (page.functionError === null) return;
    page.functionError = null;
    page.notify("function");
  }

  private async run(scene: Scene): Promise<void> {
    const { page } = this;
    const methods = page.state.methods.map(({ spec }) => spec);
    const { starts } = page.state;
    const key = JSON.stringify([scene, page.table?.count, methods, starts, page.state.methods.map(({ visible }) => visible), page.state.by, page.dragging && page.plane !== null]);
    if (key !== this.runsKey) {
      const isMany = (page.info?.variables.length ?? 2) > 2;
      const kept = page.dragging ? page.plane : null;
      const { runs: answers, plane } = await page.engine.call("runs", { scene, methods, starts, window: this.window(), plane: kept });
      const wasAtEnd = page.tracks.length === 0 ? false : page.time >= duration(page.tracks, page.clock);
      this.runsKey = key;
      page.plane = isMany ? plane : null;
      this.all = answers.flat();
      page.results = answers[0] ?? [];
      page.tracks = answers.flatMap((results, k) =>
        results.flatMap((run, i) => {
          const method = page.state.methods[i];
          if ("error" in run || !method?.visible) return [];
          return [{ run, style: method.style, spec: method.spec, main: k === 0 }];
        }),
      );
      const end = duration(page.tracks, page.clock);
      page.time = wasAtEnd ? end : Math.min(page.time, end);
    }
    this.watchMovement();
    if (page.state.camera === null && page.info) {
      this.setCamera(fitCamera(page.info, page.startOnMap, this.all, ...this.size()));
    }
    page.notify("results");
    this.onFirst?.();
    this.onFirst = null;
  }

  /** Takes note that results arrived. */
  private watchMovement(): void {
    const { page } = this;
    const now = performance.now();
    [page.moving, this.arrived] = [now - this.arrived < MOVING, now];
    clearTimeout(this.resting);
    if (!page.moving) return;
    this.resting = window.setTimeout(() => {
      page.moving = false;
      page.notify("rest");
    }, REST);
  }
}
