import type { Comparison, Trial } from './Comparison.js';
import type { Laboratory } from './Laboratory.js';
import { SEARCH_ROUNDS } from './searchRate.js';
import { SEARCH_SEEDS } from './seeds.js';

/** A trial to make, with which seed. */
export type WantedTrial = Omit<Trial, 'validation' | 'seed'> & { readonly seedIndex: number };

/**
 * What is trained after the runs, as far as the record lacks it: for cells with a forget gate with another initial bias of it, and
 * for longer where that was asked for.
 */
export function extraTrials(record: Comparison, lab: Laboratory, rateOf: RateOf): WantedTrial[] {
  const ofForgetBias = record.settings.forgetBias === false ? [] : forgetBiasTrials(record, lab, rateOf);
  return [...ofForgetBias, ...longerTrials(record, lab, rateOf)].filter(
    (wanted) => !record.trials.some((made) => isSameTrial(made, wanted)),
  );
}

/** The learning rate of a cell, where there is one. */
type RateOf = (cell: string) => number | undefined;

/** Longer trainings: of the cells that are named, and in the place of `best` of the best of those that are not. */
function longerTrials(record: Comparison, lab: Laboratory, rateOf: RateOf): WantedTrial[] {
  const { longer } = record.settings;
  if (!longer) return [];
  const others = record.cells.filter(({ cell }) => !longer.cells.includes(cell)).map(({ cell }) => cell);
  const meanLoss = (cell: string): number => {
    const losses = record.runs
      .filter((run) => run.cell === cell)
      .map(({ validation }) => validation.at(-1)?.natsPerToken ?? Infinity);
    return losses.length === 0 ? Infinity : losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  };
  const [best] = [...others].sort((a, b) => meanLoss(a) - meanLoss(b));
  return longer.cells
    .map((name) => (name === 'best' ? best : name))
    .flatMap((cell) => {
      const learningRate = cell === undefined ? undefined : rateOf(cell);
      if (cell === undefined || learningRate === undefined) return [];
      const steps = lab.steps(cell, record.settings.budget, longer.times);
      return [{ purpose: 'longer' as const, cell, learningRate, forgetBias: 0, steps, seedIndex: 0 }];
    });
}

/**
 * For each cell with a forget gate, the training that its learning rate was chosen by once more with a forget bias of 1; and
 * with 0, where there was no search.
 */
function forgetBiasTrials(record: Comparison, lab: Laboratory, rateOf: RateOf): WantedTrial[] {
  const round = SEARCH_ROUNDS.shares.length - 1;
  return record.cells
    .filter(({ forgetBias }) => forgetBias)
    .flatMap(({ cell }) => {
      const steps = lab.steps(cell, record.settings.budget, SEARCH_ROUNDS.shares[round]);
      const learningRate = rateOf(cell);
      if (learningRate === undefined) return [];
      const isTheSame = (trial: Trial): boolean =>
        trial.purpose === 'search' && trial.round === round && trial.learningRate === learningRate;
      const wasSearched = record.trials.some((trial) => trial.cell === cell && isTheSame(trial));
      return (wasSearched ? [1] : [0, 1]).map((forgetBias) => ({
        ...{ purpose: 'forget bias' as const, cell, learningRate, forgetBias, steps, seedIndex: SEARCH_SEEDS + round },
      }));
    });
}

function isSameTrial(made: Trial, { purpose, cell, learningRate, forgetBias, steps }: WantedTrial): boolean {
  return (
    made.purpose === purpose &&
    made.cell === cell &&
    made.learningRate === learningRate &&
    made.forgetBias === forgetBias &&
    made.steps === steps
  );
}
