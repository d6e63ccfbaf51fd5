// The map or the surface with its buttons.

import { ICONS, fill, h, iconButton } from "../dom";
import { latest } from "../engine";
import { drawSoon } from "../frames";
import { t } from "../i18n";
import type { Page } from "../page";
import type { ContourLook, StepDetail, Window2 } from "../protocol";
import { sceneOf } from "../state";
import { MapView } from "../view/map";
import { sizeOf } from "../view/size";
import { type SurfaceScene, SurfaceView } from "../view/surface";
import { palette } from "../view/theme";
import { numberText } from "../view/ticks";

/** Nodes on each side of the map while it moves, and when it rests. */
const NODES = { moving: 101, resting: 241 };
const SURFACE_NODES = 81;

export interface Stage {
  element: HTMLElement;
  window: () => Window2;
  size: () => [number, number];
  /** Set by the inspector: the step whose vectors are drawn. */
  inspected: () => { detail: StepDetail; style: number } | null;
}

export function stage(page: Page): Stage {
  const camera = () => page.state.camera ?? { x: 0, y: 0, radius: 2 };
  const map = new MapView(
    camera,
    (camera) => page.update({ camera }),
    (start) => page.setStart(start),
    () => page.startOnMap,
    ({ x, kind, value, eigenvalues }) => {
      const numbers = (values: number[]) => values.map((v) => numberText(v)).join(", ");
      return `${t(kind as "saddle")} (${numbers(x)}): f = ${numberText(value)}, λ = ${numbers(eigenvalues)}`;
    },
    (dragging) => {
      const changed = page.dragging !== dragging;
      page.dragging = dragging;
      // The plane is that of the paths again, once they rest.
      if (changed && page.plane) page.notify("state");
    },
  );
  const surface = new SurfaceView(() => redraw());
  const views = h("div", { class: "tabs", role: "group" });
  const buttons = h("div", { class: "stage-buttons" });
  const legend = h("p", { class: "legend" });
  const place = h("div", { class: "stage" }, map.canvas, surface.canvas, views, buttons, legend);
  let contours: { image: ImageBitmap; window: Window2 } | null = null;
  let heights: SurfaceScene["heights"] = null;
  let contourKey = "";
  let colors = palette();
  let resting = 0;

  const result: Stage = {
    element: place,
    window: () => map.window(),
    size: () => {
      const [width, height] = sizeOf(map.canvas.hidden ? place : map.canvas);
      return [width || 1, height || 1];
    },
    inspected: () => null,
  };

  const look = (): ContourLook => {
    const ratio = Math.min(devicePixelRatio || 1, 3);
    const [width, height] = result.size().map((side) => Math.max(1, Math.round(side * ratio))) as [number, number];
    return { width, height, lineWidth: 0.7 * ratio, shades: colors.shades, line: colors.contour };
  };
  const trace = latest(async ({ nodes, key }: { nodes: number; key: string }) => {
    const [scene, window, { plane }] = [sceneOf(page.state), map.window(), page];
    try {
      if (page.state.view === "surface") {
        const values = await page.engine.call("heights", { scene, plane, window, nodes: SURFACE_NODES });
        heights = { values, nodes: SURFACE_NODES, window };
      }
      const image = await page.engine.call("contours", { scene, plane, window, nodes, look: look() });
      contours?.image.close();
      contours = { image, window };
      if (nodes === NODES.resting) page.critical = await page.engine.call("criticalPoints", { scene, window });
      contourKey = key;
    } catch {
      // The error of the function is shown where it is typed; the last map stays.
    }
    redraw();
  });
  const retrace = () => {
    if (!page.info || page.functionError || page.state.camera === null) return;
    const key = JSON.stringify([page.state.function, page.table?.count, map.window(), page.plane?.origin, page.plane?.axes, page.state.view, colors.paper]);
    if (key === contourKey) return;
    trace({ nodes: NODES.moving, key: `${key} moving` });
    clearTimeout(resting);
    resting = window.setTimeout(() => trace({ nodes: NODES.resting, key }), 90);
  };

  const draw = () => {
    if (contours && performance.getEntriesByName("first-map").length === 0) performance.mark("first-map");
    const common = { tracks: page.tracks, time: page.time, clock: page.clock, moving: page.moving, start: page.startOnMap };
    if (page.state.view === "surface") surface.draw({ ...common, heights }, colors);
    else map.draw({ ...common, hover: page.hover, contours, critical: page.critical, variables: page.axes, inspected: result.inspected() }, colors);
  };
  const redraw = () => drawSoon(draw);

  const build = () => {
    const isMap = page.state.view === "map";
    map.canvas.hidden = !isMap;
    surface.canvas.hidden = isMap;
    for (const [canvas, label] of [
      [map.canvas, t("mapLabel")],
      [surface.canvas, t("surfaceLabel")],
    ] as const) {
      canvas.setAttribute("role", "application");
      canvas.setAttribute("aria-label", label);
    }
    fill(
      views,
      (["map", "surface"] as const).map((view) =>
        h("button", { type: "button", class: "chip", id: `view-${view}`, "aria-pressed": String(page.state.view === view), onclick: () => page.update({ view }) }, t(view)),
      ),
    );
    fill(
      buttons,
      isMap && [iconButton(ICONS.plus, t("zoomIn"), () => map.zoom(0.75)), iconButton(ICONS.minus, t("zoomOut"), () => map.zoom(1 / 0.75))],
      iconButton(ICONS.fit, t("fit"), () => page.update({ camera: null }), { id: "fit" }),
    );
  };
  let view = page.state.view;
  page.listen((change) => {
    if (change === "language" || view !== page.state.view) {
      view = page.state.view;
      build();
    }
    if (change === "theme") colors = palette();
    if (change === "state" || change === "function" || change === "results" || change === "theme") retrace();
    redraw();
  });
  const observer = new ResizeObserver(() => {
    retrace();
    redraw();
  });
  for (const element of [place, map.canvas, surface.canvas]) observer.observe(element);
  build();
  return result;
}
