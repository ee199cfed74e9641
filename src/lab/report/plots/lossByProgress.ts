import type { StepColumns } from '../../comparison/Comparison.js';

/** Each bin reaches a tenth further than the one before: bins of equal width on a logarithmic axis. */
const GROWTH = 1.1;

/** The mean loss per token of the steps that lie close together on a logarithmic axis, and where the last of them lies. */
export function lossByProgress(
  { loss, tokens }: StepColumns,
  progress: readonly number[],
): [x: number, loss: number][] {
  const points: [number, number][] = [];
  let nats = 0;
  let count = 0;
  let end = (progress[0] ?? 0) * GROWTH;
  progress.forEach((x, step) => {
    nats += (loss[step] ?? NaN) * (tokens[step] ?? NaN);
    count += tokens[step] ?? NaN;
    if (x < end && step < progress.length - 1) return;
    points.push([x, nats / count]);
    nats = 0;
    count = 0;
    end = x * GROWTH;
  });
  return points;
}
