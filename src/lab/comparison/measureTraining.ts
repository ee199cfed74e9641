import { lastValueFrom, takeWhile, tap } from 'rxjs';
import { checkNumber, InvalidArgumentError, SourceError } from '../../errors.js';
import type { LanguageModel } from '../../model/LanguageModel.js';
import type { Batch, EpochBatch } from '../../pipeline/Batch.js';
import { pipeline } from '../../pipeline/pipeline.js';
import { evaluate } from '../../training/evaluate.js';
import type { TrainingStep } from '../../training/TrainingStep.js';
import type { TrainOptions } from '../../training/TrainOptions.js';
import { train } from '../../training/train.js';
import type { GateSnapshot, TrainingMeasurements, ValidationPoint } from './Comparison.js';
import { gateHistograms } from './gateHistograms.js';
import { significant } from './significant.js';

/** Options of `measureTraining`. */
export interface MeasureOptions extends TrainOptions {
  /** The batches of an epoch. */
  batches: (epoch: number) => AsyncIterable<Batch>;
  /** What the loss is measured on after each round. */
  validBatches: AsyncIterable<Batch>;
  /** After so many batches, loss and gates are measured. */
  batchesPerRound: number;
  /** Train for so many epochs. Default: as long as `minutes` says. */
  epochs?: number;
  /** Train for so many minutes. Default: as long as `epochs` says. */
  minutes?: number;
  /** Train for so many steps. Default: as long as `epochs` or `minutes` says. */
  steps?: number;
  /**
   * Tokens per second that time is charged at, instead of being measured: what else the machine does then changes neither
   * when a training ends nor what is noted of it.
   */
  chargedSpeed?: number;
  /** Is told of each step. */
  onStep?: (step: TrainingStep) => void;
}

/**
 * Trains a model and notes loss and gradient norm of each step and, after each round of batches, the loss on the
 * validation text and histograms of the gates. What is measured between rounds does not count as training time.
 * @throws {InvalidArgumentError} on an option out of range, or when it is not said how long to train.
 * @throws {SourceError} when there are no batches.
 * @throws {NonFiniteError} when a loss or a gradient is not finite.
 */
export async function measureTraining(
  model: LanguageModel,
  { batches, validBatches, batchesPerRound, onStep, chargedSpeed, ...given }: MeasureOptions,
): Promise<TrainingMeasurements> {
  const { epochs = Infinity, minutes = Infinity, steps: stepsToMake = Infinity, ...options } = given;
  checkNumber('batchesPerRound', batchesPerRound, { integer: true, min: 1 });
  if (epochs === Infinity && minutes === Infinity && stepsToMake === Infinity)
    throw new InvalidArgumentError('Expected epochs, minutes or steps, got none', {
      options: ['epochs', 'minutes', 'steps'],
    });
  if (epochs !== Infinity) checkNumber('epochs', epochs, { integer: true, min: 1 });
  if (minutes !== Infinity) checkNumber('minutes', minutes, { above: 0 });
  if (stepsToMake !== Infinity) checkNumber('steps', stepsToMake, { integer: true, min: 1 });
  if (chargedSpeed !== undefined) checkNumber('chargedSpeed', chargedSpeed, { above: 0 });

  const steps = { seconds: [], tokens: [], length: [], loss: [], gradientNorm: [] } as Columns;
  const validation: ValidationPoint[] = [];
  const gates: GateSnapshot[] = [];
  let seconds = 0;
  let tokens = 0;

  const isLast = (step: TrainingStep): boolean => seconds >= minutes * 60 || step.step + 1 >= stepsToMake;
  const note = (step: TrainingStep): void => {
    const { length } = step.inspect().batch;
    const before = tokens;
    tokens += step.tokens;
    seconds = chargedSpeed === undefined ? step.seconds : tokens / chargedSpeed;
    const row = { seconds, tokens: step.tokens, length, loss: step.loss, gradientNorm: step.gradientNorm };
    for (const [name, value] of Object.entries(row)) steps[name as keyof Columns].push(significant(value));
    const endsRound = (step.step + 1) % batchesPerRound === 0 || isLast(step);
    if (endsRound) gates.push({ tokens: before, gates: gateHistograms(step) });
  };
  const validate = async (): Promise<void> => {
    const { natsPerToken, bitsPerCharacter } = await evaluate(model, validBatches);
    validation.push({ seconds, tokens, natsPerToken, bitsPerCharacter });
  };
  await lastValueFrom(
    pipeline(rounds(epochs, batches, batchesPerRound, validate)).pipe(
      train(model, options),
      tap((step) => {
        note(step);
        onStep?.(step);
      }),
      takeWhile((step) => !isLast(step)),
    ),
    { defaultValue: undefined },
  );
  if (tokens === 0) throw new SourceError('Expected batches to train on, got none');
  if (validation.at(-1)?.tokens !== tokens) await validate();
  return { steps, validation, gates };
}

type Columns = { -readonly [name in keyof TrainingMeasurements['steps']]: number[] };

/**
 * Epoch after epoch, in rounds of `batchesPerRound` batches, after each of which `afterEach` is awaited. To the training, a
 * round is an epoch: what happens between two does not count as its time.
 */
async function* rounds(
  epochs: number,
  batches: (epoch: number) => AsyncIterable<Batch>,
  batchesPerRound: number,
  afterEach: () => Promise<void>,
): AsyncGenerator<EpochBatch> {
  let made = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const madeBefore = made;
    for await (const batch of batches(epoch)) {
      yield { ...batch, epoch: Math.floor(made / batchesPerRound), index: made % batchesPerRound };
      made++;
      if (made % batchesPerRound === 0) await afterEach();
    }
    if (made === madeBefore) return;
  }
}
