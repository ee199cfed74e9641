import { lastValueFrom, tap } from 'rxjs';
import { checkNumber } from '../../errors.js';
import type { LanguageModel } from '../../model/LanguageModel.js';
import type { FitEvent } from '../../run/FitEvent.js';
import { checkUntil, type FitOptions } from '../../run/FitOptions.js';
import { fit } from '../../run/fit.js';
import type { TrainingStep } from '../../training/TrainingStep.js';
import type { GateSnapshot, TrainingMeasurements, ValidationPoint } from './Comparison.js';
import { gateHistograms } from './gateHistograms.js';
import { significant } from './significant.js';

/** Options of `measureTraining`. */
export interface MeasureOptions
  extends Pick<FitOptions, 'optimizer' | 'clipNorm' | 'workers' | 'batches' | 'validBatches' | 'until'> {
  /** After so many steps, and at the end, the loss on the validation text is measured; after so many, gates are, too. */
  readonly evaluateEvery: number;
  /**
   * Tokens per second that time is charged at, instead of being measured: what else the machine does then changes neither
   * when a training ends nor what is noted of it.
   */
  readonly chargedSpeed?: number | undefined;
  /** Is called with each step. */
  readonly onStep?: ((step: TrainingStep) => void) | undefined;
}

/**
 * Trains a model as `fit` does, and notes loss and gradient norm of each step and, every so many steps, the loss on the validation
 * text and histograms of the gates. What is measured between steps does not count as training time.
 * @throws {InvalidArgumentError} on an option out of range, or when it is not said how long to train.
 * @throws {SourceError} when an epoch has no batches.
 * @throws {NonFiniteError} when a loss or a gradient is not finite.
 */
export async function measureTraining(
  model: LanguageModel,
  { onStep, chargedSpeed, until, ...options }: MeasureOptions,
): Promise<TrainingMeasurements> {
  checkUntil(until);
  if (chargedSpeed !== undefined) checkNumber('chargedSpeed', chargedSpeed, { above: 0 });
  const { evaluateEvery } = options;
  const steps = { seconds: [], tokens: [], length: [], loss: [], gradientNorm: [] } as Columns;
  const validation: ValidationPoint[] = [];
  const gates: GateSnapshot[] = [];
  const over = new AbortController();
  let seconds = 0;
  let tokens = 0;

  const isLast = ({ step }: TrainingStep): boolean =>
    seconds >= (until.minutes ?? Infinity) * 60 || step + 1 >= (until.steps ?? Infinity);
  const note = (step: TrainingStep): void => {
    const { length } = step.inspect().batch;
    const before = tokens;
    tokens += step.tokens;
    seconds = chargedSpeed === undefined ? step.seconds : tokens / chargedSpeed;
    const row = { seconds, tokens: step.tokens, length, loss: step.loss, gradientNorm: step.gradientNorm };
    for (const [name, value] of Object.entries(row)) steps[name as keyof Columns].push(significant(value));
    const isMeasured = (step.step + 1) % evaluateEvery === 0 || isLast(step);
    if (isMeasured) gates.push({ tokens: before, gates: gateHistograms(step) });
    onStep?.(step);
    if (isLast(step)) over.abort();
  };
  // Minutes that are charged are not those that `fit` measures.
  const ends = chargedSpeed === undefined ? until : { epochs: Number.MAX_SAFE_INTEGER, ...until, minutes: undefined };
  const events = fit(model, { ...options, until: ends, signal: over.signal });
  const follow = tap((event: FitEvent): void => {
    if (event.type === 'step') note(event.step);
    if (event.type !== 'evaluation') return;
    const { natsPerToken, bitsPerCharacter } = event.evaluation;
    validation.push({ seconds, tokens, natsPerToken, bitsPerCharacter });
  });
  await lastValueFrom(events.pipe(follow));
  return { steps, validation, gates };
}

type Columns = { -readonly [name in keyof TrainingMeasurements['steps']]: number[] };
