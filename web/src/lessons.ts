// The lessons: the experiments of the project as states of the page. Their texts are in the catalogues.

import type { State } from "./state";

export interface LessonText {
  title: string;
  text: string;
  claim: string;
  check: string;
}

const methods = (...specs: string[]): State["methods"] => specs.map((spec, style) => ({ spec, style, visible: true }));

/** A regression of y on two features in the mean over all rows: curvatures 73.3 and 7.2, minimum at (1, 2). */
const REGRESSION = "(40.27*((x-1)^2 + (y-2)^2) + 66.13*(x-1)*(y-2))/2";

export const LESSONS: Partial<State>[] = [
  { function: { problem: "bowl" }, start: [1, 0.5], steps: 60, gradientNorm: 0, methods: methods("sgd:lr=0.1") },
  { function: { problem: "bowl" }, start: [1, 0.5], steps: 40, gradientNorm: 0, methods: methods("sgd:lr=0.005", "sgd:lr=0.5", "sgd:lr=1.9", "sgd:lr=2.1") },
  { function: { problem: "ravine" }, start: [-7, 2], steps: 100, gradientNorm: 0, methods: methods("sgd:lr=0.4", "sgd:lr=0.95", "momentum:lr=0.4,momentum=0.7") },
  { function: { problem: "ravine" }, start: [-7, 2], steps: 60, gradientNorm: 0, methods: methods("momentum:lr=0.4,momentum=0.7", "nag:lr=0.4,momentum=0.7,nesterov=lookahead") },
  { function: { problem: "ravine" }, start: [-7, 2], steps: 60, gradientNorm: 0, charts: ["value", "effective_x"], methods: methods("sgd:lr=0.4", "adagrad:lr=1") },
  { function: { problem: "rosenbrock" }, start: [-1.2, 1], steps: 400, gradientNorm: 0, charts: ["value", "effective_y"], methods: methods("adagrad:lr=0.5", "rmsprop:lr=0.1,rho=0.9") },
  { function: { problem: "ravine" }, start: [-7, 2], steps: 400, gradientNorm: 0, charts: ["value", "length"], methods: methods("adadelta:lr=1,rho=0.95", "sgd:lr=0.1") },
  { function: { problem: "ravine" }, start: [-7, 2], steps: 60, gradientNorm: 0, charts: ["value", "length"], methods: methods("adam:lr=0.1", "rmsprop:lr=0.1,rho=0.999") },
  {
    function: { problem: "saddle" },
    start: [1, 1e-11],
    steps: 3000,
    gradientNorm: 0,
    camera: { x: 0, y: 0, radius: 1.3 },
    methods: methods("sgd:lr=0.01", "momentum:lr=0.01", "nag:lr=0.01,nesterov=lookahead", "adagrad:lr=0.01,eps=1e-7", "adam:lr=0.01", "adadelta:lr=1,rho=0.95"),
  },
  { function: { formula: REGRESSION }, start: [0, 0], steps: 600, gradientNorm: 0, noise: 20, methods: methods("sgd:lr=0.01") },
];
