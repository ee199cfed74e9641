import { invalid, NonFiniteError, SourceError } from '../../errors.js';
import { LanguageModel } from '../../model/LanguageModel.js';
import type { Batch } from '../../pipeline/Batch.js';
import type { PreparedText } from '../../run/prepareText.js';
import { OPTIMIZERS } from '../../training/optimizers.js';
import type { TrainingStep } from '../../training/TrainingStep.js';
import { warmupCosine } from '../../training/warmupCosine.js';
import { quantile } from '../statistics.js';
import type {
  Budget,
  ComparedCell,
  ComparisonRun,
  ComparisonSettings,
  FlowSnapshot,
  TrainingMeasurements,
  Trial,
} from './Comparison.js';
import type { ComparedModel } from './comparedModels.js';
import { continuations } from './continuations.js';
import { flowSnapshot } from './flowSnapshot.js';
import { measureTraining } from './measureTraining.js';

/** Every seed has its own orders of sentences, the same for all cells. */
const EPOCHS_APART = 1e6;

/** Trains one cell at a time on the text of a comparison, as its settings say. */
export class Laboratory {
  readonly #text: PreparedText;
  readonly #settings: ComparisonSettings;
  readonly #models: readonly ComparedModel[];
  readonly #speeds: ReadonlyMap<string, number>;
  readonly #onStep: ((step: TrainingStep) => void) | undefined;
  #flowBatch: Batch | undefined;

  constructor(
    text: PreparedText,
    settings: ComparisonSettings,
    models: readonly ComparedModel[],
    cells: readonly ComparedCell[],
    onStep: ((step: TrainingStep) => void) | undefined,
  ) {
    this.#text = text;
    this.#settings = settings;
    this.#models = models;
    this.#speeds = new Map(cells.map(({ cell, tokensPerSecond }) => [cell, quantile(tokensPerSecond, 0.5)]));
    this.#onStep = onStep;
  }

  /** How many steps a cell makes for a share of a budget, at its speed; one at least. */
  steps(cell: string, budget: Budget, share = 1): number {
    const { batches, tokens } = this.#text.size.train;
    const steps =
      'epochs' in budget ? budget.epochs * batches : (budget.minutes * 60 * this.#speed(cell)) / (tokens / batches);
    return Math.max(1, Math.round(steps * share));
  }

  /** A run, of which all is noted; nothing, where loss or gradients became infinite. */
  async run(cell: string, learningRate: number, seedIndex: number): Promise<ComparisonRun> {
    const { budget, validations, prompt } = this.#settings;
    const seed = this.#settings.seed + seedIndex;
    const flowBatch = await this.#batchToFollow();
    const model = this.#model(cell, seedIndex);
    try {
      // Untrained, cells differ little from seed to seed.
      const before = seedIndex === 0 ? await flowWhereFinite(model, flowBatch, 'before training') : [];
      const measurements = await this.#train(model, learningRate, seedIndex, {
        steps: this.steps(cell, budget),
        evaluateEvery: Math.ceil(this.#text.size.train.batches / validations),
      });
      const after = await flowWhereFinite(model, flowBatch, 'after training');
      return {
        ...{ cell, seed, learningRate, ...measurements },
        gradientFlow: [...before, ...after],
        samples: await continuations(model, { prompt, seed }),
      };
    } catch (error) {
      if (error instanceof NonFiniteError) return { cell, seed, learningRate, ...NOTHING };
      throw error;
    } finally {
      model.dispose();
    }
  }

  /** A training of which only the loss on the validation text is noted: at the end, or all along where it is a longer one. */
  async trial(trial: Omit<Trial, 'validation' | 'seed'>, seedIndex: number): Promise<Trial> {
    const { cell, learningRate, forgetBias, steps, purpose } = trial;
    const seed = this.#settings.seed + seedIndex;
    const model = this.#model(cell, seedIndex, forgetBias);
    const { batches } = this.#text.size.train;
    const evaluateEvery = purpose === 'longer' ? Math.ceil(batches / this.#settings.validations) : steps;
    try {
      const { validation } = await this.#train(model, learningRate, seedIndex, { steps, evaluateEvery });
      return { ...trial, seed, validation };
    } catch (error) {
      if (error instanceof NonFiniteError) return { ...trial, seed, validation: [] };
      throw error;
    } finally {
      model.dispose();
    }
  }

  #model(cell: string, seedIndex: number, forgetBias = 0): LanguageModel {
    const options = this.#models.find((model) => model.cell.name === cell);
    if (!options) throw invalid('cell', 'one of those that are compared', cell);
    const { tokenizer } = this.#text;
    return new LanguageModel({ ...options, forgetBias, tokenizer, seed: this.#settings.seed + seedIndex });
  }

  #train(
    model: LanguageModel,
    learningRate: number,
    seedIndex: number,
    { steps, evaluateEvery }: { readonly steps: number; readonly evaluateEvery: number },
  ): Promise<TrainingMeasurements> {
    const { optimizer, clipNorm, workers } = this.#settings;
    const { batches, validBatches } = this.#text;
    return measureTraining(model, {
      optimizer: OPTIMIZERS[optimizer]({ learningRate: warmupCosine({ learningRate, over: { steps } }) }),
      ...{ clipNorm, workers, validBatches, evaluateEvery, until: { steps } },
      chargedSpeed: this.#speed(model.config.cell),
      batches: (epoch) => batches(epoch + seedIndex * EPOCHS_APART),
      onStep: this.#onStep,
    });
  }

  #speed(cell: string): number {
    return this.#speeds.get(cell) ?? NaN;
  }

  /**
   * The batch of the longest sentences, of those with at least ten: gradients can be followed far back there. Larger ones than
   * a batch to train on, of one sentence, are left out: there is no room for their gradients.
   */
  async #batchToFollow(): Promise<Batch> {
    const { validBatches, batches, largestBatch } = this.#text;
    this.#flowBatch ??= (await longBatch(validBatches, largestBatch)) ?? (await longBatch(batches(0), Infinity));
    if (!this.#flowBatch) throw new SourceError('Expected batches to follow gradients in, got none');
    return this.#flowBatch;
  }
}

async function longBatch(batches: AsyncIterable<Batch>, most: number): Promise<Batch | undefined> {
  let best: Batch | undefined;
  const worth = ({ size, length }: Batch): number => Math.min(size, 10) * 1e6 + length;
  for await (const batch of batches)
    if (batch.size * batch.length <= most && (!best || worth(batch) > worth(best))) best = batch;
  return best;
}

/** What there is of a run that became infinite. */
const NOTHING = {
  steps: { seconds: [], tokens: [], length: [], loss: [], gradientNorm: [] },
  ...{ validation: [], gates: [], gradientFlow: [], samples: [] },
};

/** A model may have learned well, and its gradients over a hundred time steps leave float32 all the same. */
async function flowWhereFinite(
  model: LanguageModel,
  batch: Batch,
  when: FlowSnapshot['when'],
): Promise<readonly FlowSnapshot[]> {
  try {
    return [await flowSnapshot(model, batch, when)];
  } catch (error) {
    if (error instanceof NonFiniteError) return [];
    throw error;
  }
}
