// Data: a small table, chosen or dropped onto the page, whose loss becomes the function.

import { ICONS, fill, h, iconButton } from "../dom";
import { t } from "../i18n";
import type { Page } from "../page";
import type { ColumnInfo } from "../protocol";

/** Largest size of a file that is read, in bytes. */
const MAX_BYTES = 4 << 20;

export function dataButton(page: Page): HTMLElement {
  const dialog = h("dialog", { class: "data", id: "data-dialog" });
  const button = h("button", { type: "button", class: "chip", id: "data", onclick: () => open() });
  const file = h("input", { type: "file", id: "data-file", accept: ".csv,.tsv,.txt,text/csv", hidden: true, onchange: () => void read(file.files?.[0]) });
  const body = h("div", { class: "data-body" });
  const status = h("p", { class: "note", id: "data-status", role: "status" });

  const open = () => {
    if (!dialog.isConnected) document.body.append(dialog);
    fill(
      dialog,
      h("header", { class: "panel-head" }, h("h2", {}, t("data")), iconButton(ICONS.close, t("close"), () => dialog.close())),
      h("p", {}, t("dataHint")),
      file,
      h("div", { class: "row" }, h("button", { type: "button", class: "primary", onclick: () => file.click() }, t("chooseFile"))),
      body,
      status,
    );
    fill(body);
    status.textContent = "";
    if (!dialog.open) dialog.showModal();
  };
  const fail = (error: unknown) => (status.textContent = t("failed", { message: error instanceof Error ? error.message : String(error) }));
  const read = async (chosen: File | undefined) => {
    if (!chosen) return;
    open();
    if (chosen.size > MAX_BYTES) return void fail(`${chosen.size} > ${MAX_BYTES}`);
    try {
      const text = await chosen.text();
      choose(chosen.name, text, await page.engine.call("describeTable", { text }));
    } catch (error) {
      fail(error);
    }
  };
  const choose = (name: string, text: string, columns: ColumnInfo[]) => {
    const usable = columns.filter(({ numeric, distinct }) => numeric || distinct === 2);
    const { function: shown } = page.state;
    const wanted = "table" in shown && shown.table.file === name ? shown.table.target : null;
    // The target is often the last column.
    const chosen = usable.find((column) => column.name === wanted) ?? usable.at(-1);
    const target = h(
      "select",
      { id: "data-target" },
      usable.map((column) => h("option", { value: column.name, selected: column === chosen }, column.name)),
    );
    const show = async () => {
      try {
        const table = { file: name, text, target: target.value };
        const info = await page.engine.openTable(table);
        page.table = { info, file: name, target: target.value, count: (page.table?.count ?? 0) + 1 };
        dialog.close();
        // A link that names this table has the rest of the state.
        if (wanted === target.value) page.notify("state");
        else page.update({ function: { table: { file: name, target: target.value } }, start: null, camera: null, noise: null, lesson: null });
      } catch (error) {
        fail(error);
      }
    };
    fill(
      body,
      h("p", {}, t("dataRead", { name, columns: columns.length })),
      h("label", { class: "field" }, h("span", { class: "label" }, t("target")), target),
      h("div", { class: "row" }, h("button", { type: "button", class: "primary", id: "data-show", onclick: () => void show() }, t("showLoss"))),
    );
  };

  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    void read(event.dataTransfer?.files[0]);
  });
  const label = () => (button.textContent = t("data"));
  page.listen((change) => change === "language" && label());
  label();
  return button;
}
