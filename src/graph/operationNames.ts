/** Operations that compute number by number, of values that are already there next to nothing. */
export const ELEMENTWISE = [
  ...(['add', 'subtract', 'multiply', 'divide', 'minimum', 'maximum', 'negate', 'oneMinus'] as const),
  ...(['sigmoid', 'logSigmoid', 'tanh', 'relu', 'exp', 'softplus', 'squareRoot'] as const),
] as const;

/** Operations that cells may be made of. */
export const CELL_OPERATIONS = ['leaf', 'constant', ...ELEMENTWISE, 'product', 'rowSum', 'columns', 'join'] as const;

/** Operations that ways back are made of, too. */
const OF_WAYS_BACK = [
  ...(['atLeast', 'sigmoidGradient', 'tanhGradient', 'transpose', 'sumOfRows', 'spread', 'zerosLike'] as const),
] as const;

/** The name of an operation. */
export type OperationName = (typeof CELL_OPERATIONS)[number] | (typeof OF_WAYS_BACK)[number];

const elementwise: ReadonlySet<OperationName> = new Set([...ELEMENTWISE, 'atLeast', 'sigmoidGradient', 'tanhGradient']);

/** Whether an operation computes number by number. */
export function isElementwise(name: OperationName): boolean {
  return elementwise.has(name);
}
