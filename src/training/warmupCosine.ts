import { checkNumber, invalid } from '../errors.js';
import { checkRate } from './learningRate.js';
import type { Progress } from './Optimizer.js';

/** Options of `warmupCosine`. */
export interface WarmupCosineOptions {
  /** The highest learning rate. */
  learningRate: number;
  /** What the schedule spans: a number of steps, or minutes of training. After it, the rate stays at its end. */
  over: { steps: number } | { minutes: number };
  /** The share of the span in which the rate rises, linearly, but never below a twentieth of the peak. Default 0.01. */
  warmup?: number | undefined;
  /** The rate at the end, as a share of the peak. Default 0.02. */
  final?: number | undefined;
}

/**
 * A learning rate that rises linearly and then falls along half a cosine (Loshchilov and Hutter, "SGDR", 2017, without
 * restarts). A schedule over steps can be replayed exactly; one over minutes depends on the machine's speed.
 * @throws {InvalidArgumentError} on an option out of range.
 */
export function warmupCosine({
  learningRate,
  over,
  warmup = 0.01,
  final = 0.02,
}: WarmupCosineOptions): (progress: Progress) => number {
  checkRate('learningRate', checkNumber('learningRate', learningRate, { above: 0 }));
  checkNumber('warmup', warmup, { min: 0, below: 1 });
  checkNumber('final', final, { min: 0, max: 1 });
  if (typeof over !== 'object' || over === null) throw invalid('over', '{ steps } or { minutes }', over);
  const share =
    'steps' in over
      ? // The first step is not at rate 0, hence the + 1.
        spanOf('over.steps', over.steps, ({ step }) => step + 1)
      : spanOf('over.minutes', over.minutes, ({ seconds }) => seconds / 60);
  return (progress) => {
    const at = share(progress);
    if (at < warmup) return learningRate * Math.max(at / warmup, MIN_WARMUP);
    const fall = (at - warmup) / (1 - warmup);
    return learningRate * (final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * fall)));
  };
}

/** The least share of the peak in the warm-up: the first step of a schedule over minutes is at 0 minutes. */
const MIN_WARMUP = 0.05;

function spanOf(name: string, span: number, measure: (progress: Progress) => number): (progress: Progress) => number {
  checkNumber(name, span, { above: 0 });
  return (progress) => Math.min(1, measure(progress) / span);
}
