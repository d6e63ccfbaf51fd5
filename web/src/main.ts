// The page: puts the panels together, and computes anew what a change of the state requires.

import "./wasm/plot.css";
import "./style.css";
import { header } from "./panel/header";
import { functionBar } from "./panel/function-bar";
import { inspector } from "./panel/inspector";
import { lessonBar, lessonState } from "./panel/lesson-bar";
import { methodList } from "./panel/method-list";
import { settings } from "./panel/settings";
import { stage } from "./panel/stage";
import { charts } from "./panel/charts";
import { transport } from "./panel/transport";
import { Computations } from "./computations";
import { append, fill, h } from "./dom";
import { Engine } from "./engine";
import { nextTask } from "./frames";
import { language, setLanguage, t } from "./i18n";
import { LESSONS } from "./lessons";
import { Page } from "./page";
import { tables } from "./spec";
import { decode, encode, sceneOf } from "./state";
import { duration } from "./view/paths";

/** The state of an address. One that names nothing but a lesson means the state with which that begins. */
function stateOf(fragment: string): ReturnType<typeof decode> {
  const decoded = decode(fragment);
  const { lesson } = decoded.state;
  return lesson !== null && /^#lesson=\d+$/.test(fragment) && lesson < LESSONS.length ? { state: lessonState(lesson), rejected: [] } : decoded;
}

const { state, rejected } = stateOf(location.hash);
setLanguage(language());
const page = new Page(state, new Engine());

const notice = h("p", { class: "notice", role: "status", id: "notice" });
const say = (text: string) => {
  notice.textContent = text;
  notice.hidden = text === "";
};
const reject = (parts: string[]) => say(parts.length > 0 ? t("ignored", { parts: parts.slice(0, 8).join(", ") }) : "");

const place = stage(page);
const look = inspector(page, () => page.notify("selection"));
place.inspected = look.current;
const computations = new Computations(page, () => place.window(), (camera) => page.update({ camera }), place.size);
const time = transport(page);
const footer = h("footer", {});
const label = () => {
  document.title = t("title");
  fill(footer, t("footer", { version: tables.version }));
};

const left = h("div", { class: "left" });
const right = h("aside", { class: "right" });
append(document.getElementById("app")!, [header(page, () => place.window()), notice, h("main", {}, left, right), footer]);
append(left, [lessonBar(page), functionBar(page), place.element, time]);
label();
reject(rejected);

// The address follows the state, without an entry of the history for each movement.
let written = location.hash;
let writing = 0;
page.listen((change) => {
  if (change === "language") label();
  if (change !== "state") return;
  clearTimeout(writing);
  writing = window.setTimeout(() => {
    written = `#${encode(page.state)}`;
    history.replaceState(null, "", written);
  }, 250);
});
window.addEventListener("hashchange", () => {
  if (location.hash === written) return;
  /** The state of an address. One that names nothing but a lesson means the state with which that begins. */
function stateOf(fragment: string): ReturnType<typeof decode> {
  const decoded = decode(fragment);
  const { lesson } = decoded.state;
  return lesson !== null && /^#lesson=\d+$/.test(fragment) && lesson < LESSONS.length ? { state: lessonState(lesson), rejected: [] } : decoded;
}

const { state, rejected } = stateOf(location.hash);
  page.update(state);
  reject(rejected);
});

// For the console, and for tests.
Object.assign(window, { thalweg: { page, scene: () => sceneOf(page.state), window: () => place.window() } });

// The rest of the page follows the first picture of it, so that no task is long.
await nextTask();
append(left, [charts(page), look.element]);
await nextTask();
append(right, [methodList(page)]);
await nextTask();
append(right, [settings(page)]);

const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
computations.start(() => {
  document.documentElement.dataset["ready"] = "true";
  // It moves when it opens; who prefers no motion sees the whole paths.
  if (still) page.setTime(duration(page.tracks, page.clock));
  else (time as unknown as { toggle: (to: boolean) => void }).toggle(true);
});
