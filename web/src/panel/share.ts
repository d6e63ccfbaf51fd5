// Share: the link, the code that repeats a run, and files.

import { ICONS, fill, h, icon, iconButton } from "../dom";
import { t } from "../i18n";
import type { Page } from "../page";
import type { Code, PictureRequest, Window2 } from "../protocol";
import { encode, sceneOf } from "../state";
import { isDark } from "../view/theme";

const LANGUAGES = ["shell", "rust", "python"] as const;
const FORMATS = ["svg", "png", "gif", "csv"] as const;
const TYPES = { svg: "image/svg+xml", png: "image/png", gif: "image/gif", csv: "text/csv" };

export function shareButton(page: Page, windowOf: () => Window2): HTMLElement {
  const dialog = h("dialog", { class: "share", id: "share-dialog" });
  const button = h("button", { type: "button", class: "primary", id: "share", onclick: () => void open() });
  let language: (typeof LANGUAGES)[number] = "shell";

  const open = async () => {
    await build();
    if (!dialog.isConnected) document.body.append(dialog);
    dialog.showModal();
  };
  const copyButton = (id: string, text: () => string) => {
    const copy = h("button", {
      type: "button",
      class: "chip",
      id,
      onclick: async () => {
        await navigator.clipboard.writeText(text());
        copy.textContent = t("copied");
        setTimeout(() => (copy.textContent = t("copy")), 1500);
      },
    });
    copy.textContent = t("copy");
    return copy;
  };
  const build = async () => {
    const address = `${location.origin}${location.pathname}#${encode(page.state)}`;
    const link = h("input", { type: "text", readOnly: true, id: "link", value: address, "aria-label": t("link") });
    const choices = page.state.methods;
    const select = h(
      "select",
      { "aria-label": t("method"), onchange: () => void showCode(Number(select.value)) },
      choices.map((method, i) => h("option", { value: String(i), selected: i === page.selected }, method.spec)),
    );
    const text = h("pre", { class: "code", id: "code", tabIndex: 0 });
    const tabs = h("div", { class: "chips", role: "group" });
    let code: Code | null = null;
    const showText = () => {
      text.textContent = code?.[language] ?? "";
      fill(
        tabs,
        LANGUAGES.map((name) =>
          h(
            "button",
            {
              type: "button",
              class: "chip",
              "aria-pressed": String(name === language),
              onclick: () => {
                language = name;
                showText();
              },
            },
            t(name === "shell" ? "command" : name),
          ),
        ),
      );
    };
    const showCode = async (index: number) => {
      try {
        code = await page.engine.call("code", { scene: sceneOf(page.state), method: choices[index]!.spec });
        showText();
      } catch (error) {
        text.textContent = error instanceof Error ? error.message : String(error);
      }
    };
    await showCode(Math.min(page.selected, choices.length - 1));
    const status = h("p", { class: "note", role: "status" });
    fill(
      dialog,
      h("header", { class: "panel-head" }, h("h2", {}, t("shareTitle")), iconButton(ICONS.close, t("close"), () => dialog.close())),
      h("h3", {}, t("link")),
      h("div", { class: "row" }, link, copyButton("copy-link", () => link.value)),
      h("h3", {}, t("codeHint")),
      h("div", { class: "row" }, select, tabs, copyButton("copy-code", () => text.textContent ?? "")),
      text,
      h("h3", {}, t("export")),
      h(
        "div",
        { class: "chips" },
        FORMATS.map((format) =>
          h("button", { type: "button", class: "chip", id: `export-${format}`, onclick: () => void save(format, status) }, format.toUpperCase()),
        ),
      ),
      status,
    );
  };
  const save = async (format: (typeof FORMATS)[number], status: HTMLElement) => {
    status.textContent = `${t("working")} …`;
    const scene = sceneOf(page.state);
    const methods = page.state.methods.filter(({ visible }) => visible).map(({ spec, style }) => ({ spec, style }));
    const request: PictureRequest = { scene, methods, window: windowOf(), plane: page.plane, view: page.state.view, dark: isDark() };
    try {
      const content =
        format === "csv"
          ? await page.engine.call("csv", { scene, methods: methods.map(({ spec }) => spec) })
          : await page.engine.call("picture", { request, format });
      const url = URL.createObjectURL(new Blob([content as BlobPart], { type: TYPES[format] }));
      const anchor = h("a", { href: url, download: `thalweg.${format}` });
      anchor.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
      status.textContent = `thalweg.${format}`;
    } catch (error) {
      status.textContent = t("failed", { message: error instanceof Error ? error.message : String(error) });
    }
  };
  const label = () => fill(button, icon(ICONS.share), t("share"));
  page.listen((change) => change === "language" && label());
  label();
  return button;
}
