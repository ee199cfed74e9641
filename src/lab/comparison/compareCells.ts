import { isDeepStrictEqual } from 'node:util';
import type { Cell } from '../../cells/cell.js';
import { cellOf } from '../../cells/cells.js';
import { equationOf } from '../../cells/equationOf.js';
import { hasForgetBias } from '../../cells/hasForgetBias.js';
import { checkNumber, checkOneOf, checkString, InvalidArgumentError, invalid } from '../../errors.js';
import { backendReport } from '../../model/backend.js';
import { LanguageModel } from '../../model/LanguageModel.js';
import type { ModelOptions } from '../../model/ModelConfig.js';
import { checkTrainingSize } from '../../model/memory.js';
import { hiddenSizeFor, parameterCount } from '../../model/parameterCount.js';
import { OPTIMIZERS, type OptimizerName } from '../../training/optimizers.js';
import { quantile } from '../statistics.js';
import type { ComparedText, CompareOptions } from './CompareOptions.js';
import {
  type Budget,
  COMPARISON_FORMAT,
  type ComparedCell,
  type Comparison,
  type ComparisonRun,
  type ComparisonSettings,
  type Trial,
} from './Comparison.js';
import { Laboratory } from './Laboratory.js';
import { measureSpeed } from './measureSpeed.js';
import { foundRate, nextRateTrial, rateResults, SEARCH_ROUNDS } from './searchRate.js';

const SPEED_ROUNDS = 3;
const DEFAULT_RATE = 5e-3;
/** Seeds so far from those of the runs are those of searches: a seed that a rate was chosen with is not measured with. */
const SEARCH_SEEDS = 1000;

/**
 * Trains each cell on the same text, several times from different seeds, and gives the record anew after each training, so
 * that whoever keeps it loses one training at most. First the speed of every cell is measured, in turn: minutes are charged
 * at it, and become steps, so that what a run learns does not depend on what else the machine does. Where the learning rate
 * is a grid, each cell gets its own by successive halving. After the runs come longer ones, where asked for, and for cells
 * with a forget gate what another initial bias of it changes.
 * @throws {InvalidArgumentError} when an option cannot be used, there is not enough memory for a cell, or `resumeFrom` is of
 *   another comparison.
 * @throws {NonFiniteError} when loss or gradients of a run become infinite.
 */
export async function* compareCells(
  text: ComparedText,
  { onProgress = () => {}, onStep, resumeFrom, ...options }: CompareOptions,
): AsyncGenerator<Comparison, void> {
  const settings = settingsOf(options);
  const models = modelsOf(text, options, settings);
  checkLonger(settings, models);
  checkResumption(resumeFrom, settings, text);
  const cells = await describedCells(text, models, settings, resumeFrom?.cells ?? [], onProgress);
  const lab = new Laboratory(text, settings, new Map(models.map((model) => [model.cell.name, model])), cells, onStep);
  let record: Comparison = {
    format: COMPARISON_FORMAT,
    settings,
    text: textOf(text),
    cells,
    trials: resumeFrom?.trials ?? [],
    runs: resumeFrom?.runs ?? [],
    ...(options.notes !== undefined && { notes: options.notes }),
  };
  yield record;
  const tried = async (trial: Omit<Trial, 'validation' | 'seed'>, seedIndex: number): Promise<Comparison> => {
    const begun = `${trial.purpose}: ${trial.cell}, learning rate ${trial.learningRate}, ${trial.steps} steps`;
    onProgress(trial.forgetBias === 0 ? begun : `${begun}, forget bias ${trial.forgetBias}`);
    const made = await lab.trial(trial, seedIndex);
    onProgress(`  ${inNats(made) ?? 'loss or gradients became infinite'}`);
    record = { ...record, trials: [...record.trials, made] };
    return record;
  };
  const rateOf = (cell: string): number => rateFor(settings, record.trials, cell);

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
      const number = index * cells.length + cells.findIndex((one) => one.cell === cell) + 1;
      onProgress(
        `run ${number} of ${settings.seeds * cells.length}: ${cell}, seed ${seed}, ${parameters.toLocaleString('en')} parameters`,
      );
      const run = await lab.run(cell, rateOf(cell), index);
      onProgress(`  ${inNats(run)}`);
      record = { ...record, runs: [...record.runs, run] };
      yield record;
    }

  for (const trial of [...forgetBiasTrials(record, lab, rateOf), ...longerTrials(record, lab, rateOf)])
    if (!record.trials.some((made) => isSameTrial(made, trial))) {
      const { seedIndex, ...rest } = trial;
      yield await tried(rest, seedIndex);
    }
}

/** A trial to make, with which seed. */
type Wanted = Omit<Trial, 'validation' | 'seed'> & { readonly seedIndex: number };

/** A model to compare, but for its seed. */
type ComparedModel = ModelOptions & { readonly cell: Cell };

/** The options without what is not in the record, checked, and with defaults. */
function settingsOf({
  match = 'parameters',
  budget,
  longer,
  embeddingSize = 64,
  layers = 1,
  dropout = 0,
  maxTokens,
  optimizer = 'adam',
  learningRate = DEFAULT_RATE,
  clipNorm = 5,
  workers = 1,
  seed = 1,
  seeds = 3,
  validations = 4,
  prompt = '',
}: Omit<CompareOptions, 'onProgress' | 'onStep' | 'resumeFrom'>): ComparisonSettings {
  checkOneOf('match', match, ['parameters', 'hidden']);
  checkOneOf('optimizer', optimizer, Object.keys(OPTIMIZERS) as OptimizerName[]);
  checkBudget('budget', budget);
  if (longer) checkNumber('longer.times', longer.times, { above: 0 });
  checkNumber('maxTokens', maxTokens, { integer: true, min: 1 });
  checkNumber('seed', seed, { integer: true });
  checkString('prompt', prompt);
  checkNumber('clipNorm', clipNorm, { above: 0 });
  checkNumber('seeds', seeds, { integer: true, min: 1, below: SEARCH_SEEDS });
  checkNumber('validations', validations, { integer: true, min: 1 });
  if (typeof learningRate === 'number') checkNumber('learningRate', learningRate, { above: 0 });
  else checkGrid(learningRate);
  return {
    ...{ match, budget, ...(longer && { longer }), embeddingSize, layers, dropout, maxTokens, optimizer },
    ...{ learningRate, clipNorm, workers, seed, seeds, validations, prompt, backend: backendReport().backend },
  };
}

function checkBudget(name: string, budget: Budget): void {
  if (typeof budget !== 'object' || budget === null) throw invalid(name, '{ minutes } or { epochs }', budget);
  if ('minutes' in budget) checkNumber(`${name}.minutes`, budget.minutes, { above: 0 });
  else checkNumber(`${name}.epochs`, budget.epochs, { integer: true, min: 1 });
}

function checkGrid(rates: readonly number[]): void {
  if (!Array.isArray(rates) || rates.length < 2)
    throw invalid('learningRate', 'a number, or two rates at least to begin a search with', rates);
  for (const [index, rate] of rates.entries()) {
    checkNumber(`learningRate[${index}]`, rate, { above: 0 });
    if (index > 0 && rate <= (rates[index - 1] ?? 0))
      throw invalid('learningRate', 'rates in rising order', rates.join(', '));
  }
}

/**
 * The models to compare, but for their seeds.
 * @throws {InvalidArgumentError} when two cells have one name, or there is not enough memory for one of them.
 */
function modelsOf(
  { tokenizer: { vocabularySize }, largestBatch: batchTokens }: ComparedText,
  { cells, hiddenSize = 256 }: Pick<CompareOptions, 'cells' | 'hiddenSize'>,
  { match, embeddingSize, layers, dropout, workers }: ComparisonSettings,
): ComparedModel[] {
  if (!Array.isArray(cells) || cells.length === 0) throw invalid('cells', 'one cell at least', cells);
  const models: ComparedModel[] = cells.map((given) => ({
    cell: cellOf(given),
    ...{ embeddingSize, hiddenSize, layers, dropout },
  }));
  const names = models.map(({ cell }) => cell.name);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice) throw invalid('cells', 'cells of different names', `two called ${twice}`);
  for (const model of models) checkTrainingSize(model, vocabularySize, { batchTokens, workers });
  if (match === 'hidden') return models;
  const parameters = Math.max(...models.map((model) => parameterCount(model, vocabularySize)));
  const matched = models.map((model) => ({ ...model, hiddenSize: hiddenSizeFor(parameters, model, vocabularySize) }));
  // Of a smaller cell, more hidden numbers are kept of a batch.
  for (const model of matched) checkTrainingSize(model, vocabularySize, { batchTokens, workers });
  return matched;
}

function checkLonger({ longer }: ComparisonSettings, models: readonly ComparedModel[]): void {
  if (!longer) return;
  const names = ['best', ...models.map(({ cell }) => cell.name)];
  if (!Array.isArray(longer.cells) || longer.cells.length === 0)
    throw invalid('longer.cells', 'names of cells that are compared, or best', longer.cells);
  for (const [index, cell] of longer.cells.entries()) checkOneOf(`longer.cells[${index}]`, cell, names);
}

/** What the record says of the cells, their speeds measured in turn; those that were described before stay as they were. */
async function describedCells(
  text: ComparedText,
  models: readonly ComparedModel[],
  settings: ComparisonSettings,
  before: readonly ComparedCell[],
  onProgress: (words: string) => void,
): Promise<ComparedCell[]> {
  const { vocabularySize } = text.tokenizer;
  const described = models.map((model): ComparedCell => {
    const { embeddingSize: input, hiddenSize: hidden, cell } = model;
    return {
      cell: cell.name,
      equation: equationOf(cell, 'unicode', { ...(input && { input }), ...(hidden && { hidden }) }).equation,
      forgetBias: hasForgetBias(cell),
      hiddenSize: hidden ?? NaN,
      parameters: parameterCount(model, vocabularySize),
      tokensPerSecond: before.find((one) => one.cell === cell.name)?.tokensPerSecond ?? [],
    };
  });
  for (const { cell, ...now } of described) {
    const earlier = before.find((one) => one.cell === cell);
    if (earlier && !isDeepStrictEqual(earlier, { cell, ...now }))
      throw new InvalidArgumentError(
        `Expected the cell ${cell} as the comparison to go on with has it, of hidden size ${earlier.hiddenSize}, got another, of ${now.hiddenSize}:\n${now.equation}`,
      );
  }
  const unmeasured = described.filter(({ tokensPerSecond }) => tokensPerSecond.length === 0);
  if (unmeasured.length > 0)
    onProgress(`measuring the speed of ${unmeasured.map(({ cell }) => cell).join(', ')}: nothing else should run now`);
  const speeds = new Map(unmeasured.map(({ cell }) => [cell, [] as number[]]));
  for (let round = 0; round < SPEED_ROUNDS; round++)
    for (const [name, measured] of speeds) {
      const model = new LanguageModel({ ...modelNamed(models, name), tokenizer: text.tokenizer, seed: settings.seed });
      try {
        const { clipNorm, workers } = settings;
        const optimizer = OPTIMIZERS[settings.optimizer]({ learningRate: 1e-4 });
        measured.push(Math.round(await measureSpeed(model, text.batches, { optimizer, clipNorm, workers })));
      } finally {
        model.dispose();
      }
    }
  for (const [cell, measured] of speeds)
    onProgress(`  ${cell}: ${quantile(measured, 0.5).toLocaleString('en')} tokens/s`);
  return described.map((cell) => ({ ...cell, tokensPerSecond: speeds.get(cell.cell) ?? cell.tokensPerSecond }));
}

function modelNamed(models: readonly ComparedModel[], name: string): ComparedModel {
  const model = models.find(({ cell }) => cell.name === name);
  if (!model) throw new RangeError(`No model of a cell called ${name}`);
  return model;
}

/** What may be asked for anew of a comparison that goes on. */
const MAY_DIFFER: Partial<Record<keyof ComparisonSettings, undefined>> = { seeds: undefined, longer: undefined };

function checkResumption(from: Comparison | undefined, settings: ComparisonSettings, text: ComparedText): void {
  if (!from) return;
  const [was, is] = [from, { settings }].map((one) => ({ ...one.settings, ...MAY_DIFFER }));
  for (const [name, value] of Object.entries({ ...is, ...was })) {
    const asked = (is as Readonly<Record<string, unknown>>)[name];
    const begun = (was as Readonly<Record<string, unknown>>)[name];
    if (!isDeepStrictEqual(asked, begun))
      throw new InvalidArgumentError(
        `Expected ${name} to be ${JSON.stringify(begun)}, as the comparison began, got ${JSON.stringify(asked ?? value)}`,
        { options: [name] },
      );
  }
  if (!isDeepStrictEqual(from.text, textOf(text)))
    throw new InvalidArgumentError(
      `Expected the texts that the comparison began with, of ${from.text.train.sentences} sentences and ${from.text.train.tokens} tokens, got others, of ${text.size.train.sentences} sentences and ${text.size.train.tokens} tokens`,
    );
}

function textOf({ tokenizer, size: { train, valid } }: ComparedText): Comparison['text'] {
  return {
    vocabularySize: tokenizer.vocabularySize,
    train: { sentences: train.sentences, tokens: train.tokens },
    valid: { sentences: valid.sentences, tokens: valid.tokens },
  };
}

/** @throws {InvalidArgumentError} when the search for it found none. */
function rateFor({ learningRate }: ComparisonSettings, trials: readonly Trial[], cell: string): number {
  if (typeof learningRate === 'number') return learningRate;
  const found = foundRate(rateResults(trials, cell));
  if (found === undefined)
    throw new InvalidArgumentError(
      `Expected a learning rate at which ${cell} learns, got none: loss or gradients became infinite at all of them`,
    );
  return found;
}

/** Longer trainings: of the cells that are named, and in the place of `best` of the best of those that are not. */
function longerTrials(record: Comparison, lab: Laboratory, rateOf: (cell: string) => number): Wanted[] {
  const { longer } = record.settings;
  if (!longer) return [];
  const others = record.cells.filter(({ cell }) => !longer.cells.includes(cell)).map(({ cell }) => cell);
  const meanLoss = (cell: string): number => {
    const losses = record.runs
      .filter((run) => run.cell === cell)
      .map(({ validation }) => validation.at(-1)?.natsPerToken ?? Infinity);
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  };
  const [best] = [...others].sort((a, b) => meanLoss(a) - meanLoss(b));
  return longer.cells
    .map((name) => (name === 'best' ? best : name))
    .filter((cell) => cell !== undefined)
    .map((cell) => ({
      ...{ purpose: 'longer', cell, learningRate: rateOf(cell), forgetBias: 0 },
      steps: lab.steps(cell, record.settings.budget, longer.times),
      seedIndex: 0,
    }));
}

/**
 * For each cell with a forget gate, the training that its learning rate was chosen by once more with a forget bias of 1; and
 * with 0, where there was no search.
 */
function forgetBiasTrials(record: Comparison, lab: Laboratory, rateOf: (cell: string) => number): Wanted[] {
  const round = SEARCH_ROUNDS.shares.length - 1;
  return record.cells
    .filter(({ forgetBias }) => forgetBias)
    .flatMap(({ cell }) => {
      const steps = lab.steps(cell, record.settings.budget, SEARCH_ROUNDS.shares[round]);
      const learningRate = rateOf(cell);
      const isTheSame = (trial: Trial): boolean =>
        trial.purpose === 'search' && trial.round === round && trial.learningRate === learningRate;
      const wasSearched = record.trials.some((trial) => trial.cell === cell && isTheSame(trial));
      return (wasSearched ? [1] : [0, 1]).map((forgetBias) => ({
        ...{ purpose: 'forget bias' as const, cell, learningRate, forgetBias, steps, seedIndex: SEARCH_SEEDS + round },
      }));
    });
}

function isSameTrial(made: Trial, { purpose, cell, learningRate, forgetBias, steps }: Wanted): boolean {
  return (
    made.purpose === purpose &&
    made.cell === cell &&
    made.learningRate === learningRate &&
    made.forgetBias === forgetBias &&
    made.steps === steps
  );
}

/** `1.234 nats/token after 120 s`. */
function inNats({ validation }: Pick<ComparisonRun, 'validation'>): string | undefined {
  const last = validation.at(-1);
  return last && `${last.natsPerToken.toFixed(3)} nats/token after ${last.seconds.toFixed(0)} s`;
}
