import { parseRecord } from '../cells/parseRecord.js';
import { type CellRecord, isSameEquation } from '../cells/recordCell.js';
import { checkNumber, InvalidArgumentError, type NumberRule } from '../errors.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { Batch, EpochBatch } from '../pipeline/Batch.js';
import type { TrainingState } from './TrainingState.js';

/**
 * Checks that a state is one of the model's cell. States of before cells were recorded have none: what such a state is of, its
 * weights' names and shapes must say.
 * @throws {InvalidArgumentError} when it is not.
 */
export function checkCell({ cell, cellRecord }: LanguageModel, resumeFrom: TrainingState | undefined): void {
  if (resumeFrom?.cell === undefined) return;
  const recorded = recordOf(resumeFrom.cell);
  if (!isSameEquation(recorded, cellRecord))
    throw new InvalidArgumentError(
      `Expected the cell ${recorded.name} as the state records it to resume from, got ${cell.name}, whose equation or sizes are others: cellOfRecord(state.cell) is that cell`,
    );
}

function recordOf(given: CellRecord): CellRecord {
  try {
    return parseRecord(given).record;
  } catch (error) {
    throw new InvalidArgumentError(`Expected resumeFrom.cell to be the record of a cell: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

const COUNT: NumberRule = { integer: true, min: 0 };

/**
 * Where a batch stands, as `epochs` numbers it; without a number, it is as far in epoch 0 as there were steps.
 * @throws {InvalidArgumentError} when a number is none that counts.
 */
export function placeOf(batch: Batch | EpochBatch, step: number): TrainingState['resumeAt'] {
  if (!('epoch' in batch)) return { epoch: 0, index: step };
  const { epoch, index } = batch;
  return { epoch: checkNumber("a batch's epoch", epoch, COUNT), index: checkNumber("a batch's index", index, COUNT) };
}

/**
 * Checks that the first batch of a training is the one that comes next: batch 0 of epoch 0 or, after a state, the one at its
 * `resumeAt`, or the first of the next epoch, where the state's epoch was over. Batches without a place count as those of epoch 0.
 * @throws {InvalidArgumentError} when it is another.
 */
export function checkFollows(
  batch: Batch | EpochBatch,
  place: TrainingState['resumeAt'],
  resumeFrom: TrainingState | undefined,
): void {
  const { epoch, index } = resumeFrom?.resumeAt ?? { epoch: 0, index: 0 };
  if (place.epoch === epoch && place.index === index) return;
  if (index > 0 && place.epoch === epoch + 1 && place.index === 0) return;
  const expected = resumeFrom ? 'where the state in resumeFrom goes on' : 'where a training without resumeFrom begins';
  const got = 'epoch' in batch ? `batch ${place.index} of epoch ${place.epoch}` : 'a batch that epochs did not number';
  throw new InvalidArgumentError(
    `Expected batch ${index} of epoch ${epoch}, ${expected}, got ${got}: resumeAt of epochs and resumeFrom belong together`,
    { options: ['resumeFrom', 'resumeAt'] },
  );
}
