// Drawing in frames: what does not fit into the time of one is drawn in the next, so that input never waits long.

/** Milliseconds of a frame after which no further picture is begun. */
const BUDGET = 6;

const waiting = new Set<() => void>();
let scheduled = false;

function frame(): void {
  scheduled = false;
  const begin = performance.now();
  for (const draw of waiting) {
    if (performance.now() - begin > BUDGET) break;
    waiting.delete(draw);
    draw();
  }
  if (waiting.size > 0) request();
}

function request(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(frame);
}

/** Has a picture drawn once in the next frames; who waited longest is first. */
export function drawSoon(draw: () => void): void {
  waiting.add(draw);
  request();
}

/** Lets the browser work on input and pictures before what follows. */
export const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
