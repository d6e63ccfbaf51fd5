// The time of the race: play, pause, single steps, rewind, speed.

import { ICONS, fill, h, icon, iconButton, setText } from "../dom";
import { t } from "../i18n";
import type { Page } from "../page";
import { duration } from "../view/paths";

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];
/** Seconds that a whole race takes at speed 1. */
const SECONDS = 7;

export function transport(page: Page): HTMLElement {
  const element = h("section", { class: "transport", role: "group" });
  const play = iconButton(ICONS.play, t("play"), () => toggle(), { id: "play", class: "icon-button play" });
  const slider = h("input", { type: "range", id: "time", min: "0", step: "1", oninput: () => seek(Number(slider.value)) });
  const counter = h("output", { class: "counter", id: "counter" });
  const speed = h("select", { onchange: () => (page.speed = Number(speed.value)) });
  const by = h("select", { id: "race-by", onchange: () => page.update({ by: by.value as "steps" | "evaluations" }) });
  let last = 0;

  const end = () => duration(page.tracks, page.clock);
  const seek = (time: number) => {
    page.playing = false;
    page.setTime(Math.max(0, Math.min(end(), Math.round(time))));
  };
  const toggle = (to = !page.playing) => {
    page.playing = to;
    if (to && page.time >= end()) page.time = 0;
    last = performance.now();
    if (to) requestAnimationFrame(frame);
    page.notify("time");
  };
  const frame = (now: number) => {
    if (!page.playing) return;
    const time = page.time + ((now - last) / 1000) * (end() / SECONDS) * page.speed;
    last = now;
    if (time >= end()) page.playing = false;
    page.setTime(Math.min(time, end()));
    if (page.playing) requestAnimationFrame(frame);
  };
  const stepBy = (steps: number) => seek((steps < 0 ? Math.ceil(page.time) : Math.floor(page.time)) + steps);

  const build = () => {
    element.setAttribute("aria-label", t("step"));
    fill(
      speed,
      SPEEDS.map((value) => h("option", { value: String(value), selected: value === page.speed }, `${value}×`)),
    );
    speed.setAttribute("aria-label", t("speed"));
    fill(by, h("option", { value: "steps" }, t("bySteps")), h("option", { value: "evaluations" }, t("byEvaluations")));
    by.value = page.state.by;
    by.setAttribute("aria-label", t("raceBy"));
    slider.setAttribute("aria-label", t("step"));
    fill(
      element,
      h(
        "div",
        { class: "buttons" },
        iconButton(ICONS.rewind, t("rewind"), () => seek(0), { id: "rewind" }),
        iconButton(ICONS.back, t("stepBack"), () => stepBy(-1), { id: "step-back" }),
        play,
        iconButton(ICONS.forward, t("stepForward"), () => stepBy(1), { id: "step-forward" }),
      ),
      slider,
      counter,
      h("div", { class: "transport-options" }, by, speed),
    );
    show();
  };
  let wasPlaying: boolean | null = null;
  const show = () => {
    if (wasPlaying !== page.playing) {
      wasPlaying = page.playing;
      play.replaceChildren(icon(page.playing ? ICONS.pause : ICONS.play));
      play.title = t(page.playing ? "pause" : "play");
      play.setAttribute("aria-label", play.title);
    }
    const last = String(end());
    if (slider.max !== last) slider.max = last;
    slider.value = String(Math.round(page.time));
    setText(counter, t("ofSteps", { t: Math.floor(page.time), n: end() }));
    if (by.value !== page.state.by) by.value = page.state.by;
  };
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input:not([type=range]), select, textarea, dialog")) return;
    if (event.key === " " && !target.closest("button, summary, a")) toggle();
    else if (event.key === "." || event.key === ",") stepBy(event.key === "." ? 1 : -1);
    else return;
    event.preventDefault();
  });
  page.listen((change) => {
    if (change === "language") {
      wasPlaying = null;
      build();
    } else if (change === "time" || change === "results" || change === "state") show();
  });
  build();
  return Object.assign(element, { toggle });
}
