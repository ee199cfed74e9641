/** A size: a number, or `batch`, the number of sequences. */
export type Size = number | 'batch';

/** `[]`: a number; `[n]`: a row; `[m, n]`: a matrix of weights; `['batch', n]`: a row for each sequence. */
export type Shape = readonly Size[];

/** The columns of a shape. */
export function columnsOf(shape: Shape): number {
  return Number(shape.at(-1) ?? 1);
}

/** Whether it has a row for each sequence. */
export function isBatch(shape: Shape): boolean {
  return shape[0] === 'batch';
}

/** `[batch × 3]`. */
export function shapeInWords(shape: Shape): string {
  return `[${shape.join(' × ')}]`;
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, place) => size === b[place]);
}

/** The shape of what is computed of two shapes number by number; a smaller one is repeated. `undefined` where they do not fit. */
export function broadcast(a: Shape, b: Shape): Shape | undefined {
  if (sameShape(a, b) || b.length === 0) return a;
  if (a.length === 0) return b;
  const [batch, other] = isBatch(a) ? [a, b] : [b, a];
  if (!isBatch(batch)) return undefined;
  const [wide, narrow] = [Math.max(columnsOf(a), columnsOf(b)), Math.min(columnsOf(a), columnsOf(b))];
  if (isBatch(other)) return wide === narrow || narrow === 1 ? ['batch', wide] : undefined;
  return other.length === 1 && wide === narrow ? batch : undefined;
}
