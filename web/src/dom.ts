// Elements without a framework.

type Child = Node | string | number | null | undefined | false;
type Properties = Record<string, unknown>;

/** Makes an element. Properties that begin with `on` are listeners; `class`, `aria-…`, `data-…` and `for` attributes. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: (Child | Child[])[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value as EventListener);
    else if (key === "class") element.className = String(value);
    else if (key.includes("-") || key === "for" || key === "role" || key === "list") {
      element.setAttribute(key, String(value));
    } else (element as unknown as Properties)[key] = value;
  }
  append(element, children);
  return element;
}

/** Appends children, omitting those that are absent. */
export function append(element: Element, children: (Child | Child[])[]): void {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** Replaces the children of an element. */
export function fill(element: Element, ...children: (Child | Child[])[]): void {
  element.replaceChildren();
  append(element, children);
}

/** Sets the text of an element if it is another: the page is not laid out anew for the same one. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of strokes in a square of 20 units. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

export const ICONS = {
  play: "M6 4l10 6-10 6z",
  pause: "M6.500 4v12M13.500 4v12",
  back: "M14 4l-7 6 7 6M5 4v12",
  forward: "M6 4l7 6-7 6M15 4v12",
  rewind: "M10 4l-7 6 7 6M17 4l-7 6 7 6",
  close: "M5 5l10 10M15 5L5 15",
  more: "M5 8l5 5 5-5",
  fit: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  share: "M13 7a2.500 2.500 0 1 0-.01 0M5 12.500a2.500 2.500 0 1 0-.01 0M13 18a2.500 2.500 0 1 0-.01 0M7.200 9l3.600-2.500M7.200 11.200l3.600 2.500",
  eye: "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 12.300a2.300 2.300 0 1 0-.01 0",
  eyeOff: "M3 3l14 14M8 5.300C8.600 5.100 9.300 5 10 5c5 0 8 5 8 5s-.8 1.400-2.200 2.700M12.500 14.600c-.8.300-1.600.4-2.500.4-5 0-8-5-8-5s1.200-2 3.300-3.500",
};

/** A button with an icon and a name for readers of screens. */
export function iconButton(path: string, label: string, onclick: () => void, extra: Properties = {}): HTMLButtonElement {
  const button = h("button", { type: "button", class: "icon-button", title: label, "aria-label": label, onclick, ...extra });
  button.append(icon(path));
  return button;
}
