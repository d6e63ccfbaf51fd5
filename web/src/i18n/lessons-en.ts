// The texts of the lessons in English.

import type { LessonText } from "../lessons";

export const lessonsEn: LessonText[] = [
  {
    title: "The bowl: a closed form",
    text: "On f = (x² + y²)/2 the gradient is the point itself, so a step of gradient descent multiplies both coordinates by 1 − lr. The path is a straight line, and every number on the screen can be checked by hand.",
    claim: "After t steps the point is (1 − lr)ᵗ times the start: with lr = 0.1, after 10 steps 0.9¹⁰ = 0.3487 of it.",
    check: "Step to 10 and read x. Then move the rate to 1: one step arrives.",
  },
  {
    title: "Rates too small and too large",
    text: "Four runs of the same method on the bowl. With 0.005 it hardly moves; 0.5 arrives at once; 1.9 jumps across the minimum and back, and still converges; 2.1 jumps further out every time.",
    claim: "Gradient descent is stable where lr is below 2/λ, λ being the largest curvature. Here λ = 1: 1.9 converges, 2.1 diverges.",
    check: "Move the rate of the last run slowly across 2 and watch the chart turn.",
  },
  {
    title: "The ravine and momentum",
    text: "f = x²/20 + y² is twenty times steeper across than along. The steep direction limits the rate; at that rate the flat direction takes a long time. Momentum adds up the gradients that agree and cancels those that alternate.",
    claim: "At the same rate of 0.4, gradient descent needs 96 steps to f < 0.001, momentum 20.",
    check: "Set the momentum to 0: the orange and the blue rule are then the same, at their own rates.",
  },
  {
    title: "Nesterov looks ahead",
    text: "Momentum runs past the minimum because it learns of the slope too late. Nesterov's method evaluates the gradient where the velocity is about to lead, and brakes one step earlier.",
    claim: "With equal rate and momentum, the furthest point beyond the minimum is x = 0.083 for momentum and 0.010 for NAG.",
    check: "Look inside the first steps: g of NAG is that of another point than x.",
  },
  {
    title: "AdaGrad: a rate for each coordinate",
    text: "AdaGrad divides each component of the gradient by the root of the sum of its squares. A coordinate with small or rare gradients keeps a large rate; both coordinates start with steps of the same length.",
    claim: "AdaGrad's first step is lr = 1 long in x and in y, although the gradients are −0.7 and 4; gradient descent moves 0.28 and 1.6.",
    check: "The right chart shows the effective rate |Δx/g| in x. It only falls: the sum never forgets.",
  },
  {
    title: "RMSProp forgets",
    text: "On a long way AdaGrad's sum keeps growing and its rate goes to zero. RMSProp takes a moving average of the squares instead, so the rate rises again where the function becomes flat.",
    claim: "Over 400 steps on Rosenbrock's valley the effective rate of AdaGrad never rises; that of RMSProp ends above its first value.",
    check: "Bring ρ close to 1 and RMSProp forgets ever more slowly.",
  },
  {
    title: "AdaDelta: steps in the right unit",
    text: "A gradient has the unit of f over x, a step that of x. AdaDelta divides by the root mean square of the gradients and multiplies by that of its own past steps, so that no learning rate has to be chosen.",
    claim: "Its first step is √(ε/(1−ρ)) = 0.00447 in every coordinate, whatever the size of the gradient; from then on it lengthens its steps by itself.",
    check: "Multiply the formula by 1000: the path of AdaDelta stays, that of gradient descent leaves the screen.",
  },
  {
    title: "Adam's bias correction",
    text: "Moving averages start at 0 and are too small at first. Adam divides them by 1 − βᵗ. Without this correction, as in RMSProp with ρ = 0.999, the first denominator is √0.001 times too small and the first step far too long.",
    claim: "The first step in x is 0.1 = lr for Adam, and lr/√(1 − 0.999) = 3.162 for RMSProp.",
    check: "Select adam, rewind and look inside step 1: m̂ = g and √v̂ = |g|.",
  },
  {
    title: "The saddle",
    text: "At the saddle of (x² − y²)/2 the gradient vanishes, but it is no minimum. All methods start at (1, 10⁻¹¹), almost on the ridge that leads into it. How long until they leave?",
    claim: "|y| exceeds 1 after 2546 steps of gradient descent, 409 of momentum, 394 of NAG, 1264 of AdaGrad, 78 of Adam and 56 of AdaDelta.",
    check: "Set the start to (1, 0), exactly on the ridge: nothing leaves. Add noise of 0.001 and everything does.",
  },
  {
    title: "Noise, batch size and the rate",
    text: "A regression on two features. A gradient of a mini-batch is the true one plus noise, whose size falls with the root of the batch size. At a constant rate the path ends in a cloud around the minimum.",
    claim: "A batch 100 times larger, noise 2 instead of 20, leaves a cloud exactly 10 times smaller: mean distance 0.0445 instead of 0.445.",
    check: "Choose the schedule “inverse time”: the cloud shrinks by itself, without larger batches.",
  },
];
