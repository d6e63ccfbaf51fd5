// Sizes of elements as the browser reports them: to ask for one would have it lay out the page anew.

const sizes = new WeakMap<Element, [number, number]>();
const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) measure(target);
});

function measure(element: Element): [number, number] {
  const size: [number, number] = [element.clientWidth, element.clientHeight];
  sizes.set(element, size);
  return size;
}

/** Width and height of an element, as of the last layout. */
export function sizeOf(element: Element): [number, number] {
  const known = sizes.get(element);
  if (known) return known;
  observer.observe(element);
  return measure(element);
}
