// The lessons: for each a state of the page, and its texts.

import type { State } from "./state";

interface LessonText {
  title: string;
  text: string;
  claim: string;
  check: string;
}

export interface Lesson {
  state: Partial<State>;
  en: LessonText;
  zh: LessonText;
}

const method = (spec: string, style = 0) => ({ spec, style, visible: true });

export const LESSONS: Lesson[] = [
  {
    state: { function: { problem: "bowl" }, start: [1, 1], steps: 60, methods: [method("sgd:lr=0.1")], gradientNorm: 0 },
    en: {
      title: "The bowl",
      text: "On f = (x² + y²)/2 the gradient is the point itself. A step of gradient descent multiplies x by 1 − lr.",
      claim: "After t steps, x is (1 − lr)ᵗ times the start: with lr = 0.1, a straight line to the minimum.",
      check: "Open the look inside a step. x after 10 steps is 0.9¹⁰ = 0.3487 of the start.",
    },
    zh: {
      title: "碗",
      text: "在 f = (x² + y²)/2 上，梯度就是点本身。梯度下降的一步把 x 乘以 1 − lr。",
      claim: "t 步之后，x 是起点的 (1 − lr)ᵗ 倍：lr = 0.1 时沿直线走向极小点。",
      check: "查看步骤内部。10 步之后 x 是起点的 0.9¹⁰ = 0.3487 倍。",
    },
  },
];
