import type { PreparedText } from '../../run/prepareText.js';
import type { CompareOptions } from './CompareOptions.js';
import { COMPARISON_FORMAT, type Comparison, type ComparisonRun, type Trial } from './Comparison.js';
import { checkResumption } from './checkResumption.js';
import { comparedModels } from './comparedModels.js';
import { comparisonSettings } from './comparisonSettings.js';
import { describeCells } from './describeCells.js';
import { extraTrials } from './extraTrials.js';
import { Laboratory } from './Laboratory.js';
import { foundRate, nextRateTrial, rateResults, SEARCH_ROUNDS } from './searchRate.js';
import { SEARCH_SEEDS } from './seeds.js';

/**
 * Trains each cell on the same text, several times from different seeds, and gives the record anew after each training, so
 * that whoever keeps it loses one training at most. First the speed of every cell is measured, in turn: minutes are charged
 * at it, and become steps, so that what a run learns does not depend on what else the machine does. Where the learning rate
 * is a grid, each cell gets its own by successive halving. After the runs come longer ones, where asked for, and for cells
 * with a forget gate what another initial bias of it changes. A training whose loss or gradients become infinite is recorded as
 * such, and the comparison goes on.
 * @throws {InvalidArgumentError} when an option cannot be used, there is not enough memory for a cell, or `resumeFrom` is of
 *   another comparison.
 * @throws {SourceError} when there are no batches.
 */
export async function* compareCells(
  text: PreparedText,
  { onProgress = () => {}, onStep, resumeFrom, notes = resumeFrom?.notes, ...options }: CompareOptions,
): AsyncGenerator<Comparison, void> {
  const settings = comparisonSettings(options);
  const begunWith = resumeFrom?.cells.map(({ cell }) => cell);
  const models = comparedModels(text, options, settings, begunWith);
  const learned = textOf(text);
  if (resumeFrom) checkResumption(resumeFrom, settings, learned);
  const cells = await describeCells(text, models, settings, resumeFrom?.cells ?? [], onProgress);
  const lab = new Laboratory(text, settings, models, cells, onStep);
  let record: Comparison = {
    ...{ format: COMPARISON_FORMAT, settings, text: learned, cells },
    ...{ trials: resumeFrom?.trials ?? [], runs: resumeFrom?.runs ?? [] },
    ...(notes !== undefined && { notes }),
  };
  yield record;
  const tried = async (trial: Omit<Trial, 'validation' | 'seed'>, seedIndex: number): Promise<Comparison> => {
    const begun = `${trial.purpose}: ${trial.cell}, learning rate ${trial.learningRate}, ${trial.steps} steps`;
    onProgress(trial.forgetBias === 0 ? begun : `${begun}, forget bias ${trial.forgetBias}`);
    const made = await lab.trial(trial, seedIndex);
    onProgress(`  ${inNats(made)}`);
    record = { ...record, trials: [...record.trials, made] };
    return record;
  };
  const rateOf = (cell: string): number | undefined =>
    typeof settings.learningRate === 'number' ? settings.learningRate : foundRate(rateResults(record.trials, cell));

  if (typeof settings.learningRate !== 'number')
    for (const { cell } of cells)
      for (;;) {
        const next = nextRateTrial(settings.learningRate, rateResults(record.trials, cell));
        if (!next) break;
        const steps = lab.steps(cell, settings.budget, SEARCH_ROUNDS.shares[next.round]);
        const { learningRate, round } = next;
        yield await tried({ purpose: 'search', round, cell, learningRate, forgetBias: 0, steps }, SEARCH_SEEDS + round);
      }

  // Seed by seed: a comparison that is stopped has as many runs of each cell.
  for (let index = 0; index < settings.seeds; index++)
    for (const { cell, parameters } of cells) {
      const seed = settings.seed + index;
      if (record.runs.some((run) => run.cell === cell && run.seed === seed)) continue;
      const learningRate = rateOf(cell);
      if (learningRate === undefined) {
        onProgress(`no run of ${cell}: loss or gradients became infinite at every learning rate`);
        continue;
      }
      const number = index * cells.length + cells.findIndex((one) => one.cell === cell) + 1;
      onProgress(
        `run ${number} of ${settings.seeds * cells.length}: ${cell}, seed ${seed}, ${parameters.toLocaleString('en')} parameters`,
      );
      const run = await lab.run(cell, learningRate, index);
      onProgress(`  ${inNats(run)}`);
      record = { ...record, runs: [...record.runs, run] };
      yield record;
    }

  for (const { seedIndex, ...trial } of extraTrials(record, lab, rateOf)) yield await tried(trial, seedIndex);
}

function textOf({ tokenizer, size: { train, valid } }: PreparedText): Comparison['text'] {
  return {
    vocabularySize: tokenizer.vocabularySize,
    train: { sentences: train.sentences, tokens: train.tokens },
    valid: { sentences: valid.sentences, tokens: valid.tokens },
  };
}

/** `1.234 nats/token after 120 s`. */
function inNats({ validation }: Pick<ComparisonRun, 'validation'>): string {
  const last = validation.at(-1);
  if (!last) return 'loss or gradients became infinite';
  return `${last.natsPerToken.toFixed(3)} nats/token after ${last.seconds.toFixed(0)} s`;
}
