import { checkNumber, InvalidArgumentError, invalid } from '../errors.js';
import type { Batch } from '../pipeline/Batch.js';

/**
 * Checks that a batch is whole and for a vocabulary of this size: kernels read beyond their memory otherwise.
 * @throws {InvalidArgumentError} when it is not.
 */
export function checkBatch(batch: Batch, vocabularySize: number): void {
  if (typeof batch !== 'object' || batch === null) throw invalid('a batch', 'an object', batch);
  const { ids, mask, lengths, size, length, tokens, before, begins } = batch;
  if (!(ids instanceof Int32Array)) throw invalid("a batch's ids", 'an Int32Array', ids);
  if (!(mask instanceof Float32Array)) throw invalid("a batch's mask", 'a Float32Array', mask);
  if (!(lengths instanceof Int32Array)) throw invalid("a batch's lengths", 'an Int32Array', lengths);
  for (const [name, count] of Object.entries({ size, length, tokens }))
    checkNumber(`a batch's ${name}`, count, { integer: true });
  if (!(size > 0 && length > 0)) throw new InvalidArgumentError(`Expected a batch of tokens, got ${length} × ${size}`);
  if (ids.length !== length * size || mask.length !== length * size)
    throw new InvalidArgumentError(
      `Expected a batch of ${length} × ${size} ids and mask values, got ${ids.length} ids and ${mask.length} mask values`,
    );
  if (lengths.length !== size)
    throw new InvalidArgumentError(`Expected a length for each of ${size} sequences, got ${lengths.length}`);
  for (const one of lengths)
    if (one < 0 || one > length) throw invalid("a sequence's length", `from 0 to ${length}`, one);
  if (before !== undefined) checkRows("a batch's before", before, Int32Array, size, vocabularySize);
  if (begins !== undefined) checkRows("a batch's begins", begins, Uint8Array, size, 2);
  for (let at = 0; at < ids.length; at++) {
    const id = ids[at] ?? -1;
    const weight = mask[at] ?? Number.NaN;
    if (!(weight >= 0 && weight < Infinity))
      throw new InvalidArgumentError(
        `Expected mask values of at least 0, got ${weight} at time step ${Math.floor(at / size)} of sequence ${at % size}`,
      );
    if (id < 0 || id >= vocabularySize)
      throw new InvalidArgumentError(
        `Expected ids from 0 to ${vocabularySize - 1}, got ${id} at time step ${Math.floor(at / size)} of sequence ${at % size}. Was the batch made with the model's tokenizer?`,
      );
  }
}

/** A number for each row, from 0 on and below `below`. */
function checkRows(
  name: string,
  numbers: unknown,
  type: Int32ArrayConstructor | Uint8ArrayConstructor,
  size: number,
  below: number,
): void {
  if (!(numbers instanceof type) || numbers.length !== size)
    throw invalid(name, `an ${type.name} of ${size} numbers`, numbers);
  for (const one of numbers) checkNumber(`a number of ${name}`, one, { min: 0, below });
}
