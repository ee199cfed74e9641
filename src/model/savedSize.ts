import { checkNumber, InvalidArgumentError } from '../errors.js';
import { grouped, inBytes } from '../inBytes.js';
import type { ModelOptions } from './ModelConfig.js';
import { parameterCount } from './parameterCount.js';

/** The longest header of a file of weights that is read. */
export const MAX_HEADER_BYTES = 2 ** 20;
/** Node reads no file of 2 GiB and more at once. */
const MAX_FILE_BYTES = 2 ** 31 - 2 * MAX_HEADER_BYTES;

/**
 * Checks that a model can be saved and loaded again, and returns how many numbers it learns.
 * @param copies numbers that the file has for each weight: 1 in a saved model, more in a checkpoint, which holds the
 *   optimizer's slots too
 * @throws {InvalidArgumentError} when it has more bytes than are read from one file, or an option cannot be used.
 */
export function checkSavedSize(options: ModelOptions, vocabularySize: number, copies = 1): number {
  checkNumber('copies', copies, { integer: true, min: 1 });
  const parameters = parameterCount(options, vocabularySize);
  const bytes = 4 * copies * parameters;
  if (bytes <= MAX_FILE_BYTES) return parameters;
  const file = copies === 1 ? 'a model whose file has' : 'a model whose checkpoints have';
  throw new InvalidArgumentError(
    `Expected ${file} at most ${inBytes(MAX_FILE_BYTES)}, what can be read again, got one of ${grouped(parameters)} parameters and ${inBytes(bytes)}`,
  );
}
