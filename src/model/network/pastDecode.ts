import type { Operations } from '../../graph/Interpreter.js';

/** What the past is decoded with: the model's embedding E, `[vocabulary × embedding]`, W, `[embedding × embedding]`, b, `[embedding]`, and c, `[vocabulary]`. */
export type PastDecodeValues<T> = readonly [embedding: T, matrix: T, bias: T, tokenBias: T];

/** The tokens that were read as (row, token), row by row, `[rows × 2]`, and what each counts, `[rows]`, and as a column. */
export type DecodedRows<T> = readonly [places: T, counts: T, countsColumn: T];

/**
 * Gradients of −Σ counts·log r(token that was read), r being what is decoded of a predicted distribution p (`Objective.pastDecode`), row by row:
 * r = softmax(tanh(p·E·W + b)·Eᵀ + c). By the logits that p is the softmax of, and by E, W, b and c.
 */
export function pastDecodeGradients<T>(
  on: Operations<T>,
  p: T,
  [places, counts, countsColumn]: DecodedRows<T>,
  [embedding, matrix, bias, tokenBias]: PastDecodeValues<T>,
): { logits: T; ofValues: PastDecodeValues<T> } {
  const expected = on.product(p, embedding);
  const hidden = on.tanh(on.add(on.product(expected, matrix), bias));
  const decoded = on.logSoftmax(on.add(on.productWithTransposed(hidden, embedding), tokenBias));
  const ofDecoded = on.subtractAt(on.multiply(on.exp(decoded), countsColumn), places, counts);
  const ofSum = on.tanhGradient(hidden, on.product(ofDecoded, embedding));
  const ofExpected = on.productWithTransposed(ofSum, matrix);
  const ofP = on.productWithTransposed(ofExpected, embedding);
  return {
    logits: on.multiply(p, on.subtract(ofP, on.rowSum(on.multiply(ofP, p)))),
    ofValues: [
      on.add(on.productOfTransposed(ofDecoded, hidden), on.productOfTransposed(p, ofExpected)),
      on.productOfTransposed(expected, ofSum),
      on.sumOfRows(ofSum),
      on.sumOfRows(ofDecoded),
    ],
  };
}
