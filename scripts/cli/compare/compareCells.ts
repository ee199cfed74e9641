import {
  adam,
  type Batch,
  backendReport,
  type Cell,
  COMPARISON_FORMAT,
  type Comparison,
  type ComparisonRun,
  cellOf,
  checkReportPackages,
  checkTrainingSize,
  continuations,
  equationOf,
  flowSnapshot,
  hiddenSizeFor,
  InvalidArgumentError,
  LanguageModel,
  type ModelOptions,
  measureTraining,
  parameterCount,
  type TrainingStep,
  warmupCosine,
} from '../../../src/index.js';
import { loadCell } from '../loadCell.js';
import { readTrainingText, type TrainingText } from '../trainingText.js';
import type { CompareFlags } from './CompareFlags.js';
import { checkNewReport, writeReport } from './reportFiles.js';

const DEFAULT_MINUTES = 3;

/** Trains each cell with each seed, and writes the report anew after every run; tells of it on standard error. */
export async function compareCells(flags: CompareFlags): Promise<void> {
  checkNewReport(flags.out, flags.overwrite);
  await checkReportPackages();
  const cells = await cellsOf(flags);
  const text = await readTrainingText(flags);
  const { vocabularySize } = text.tokenizer;
  const models = modelsOf(flags, cells, vocabularySize, text.largestBatch);
  const flowBatch = (await longBatch(text.validBatches, flags.maxTokens)) ?? (await longBatch(text.batches(0)));
  if (!flowBatch) throw new RangeError('There is no batch');
  const runs: ComparisonRun[] = [];
  // Seed by seed, so that what changes on the machine in the course of time changes for all cells.
  for (let index = 0; index < flags.seeds; index++)
    for (const options of models) {
      const number = runs.length + 1;
      const name = `run ${number} of ${flags.seeds * models.length}: ${options.cell.name}, seed ${flags.seed + index}`;
      note(`${name}, ${parameterCount(options, vocabularySize).toLocaleString('en')} parameters`);
      const run = await trainOnce(flags, text, options, { index, flowBatch });
      runs.push(run);
      const last = run.validation.at(-1);
      note(`  ${last?.natsPerToken.toFixed(3)} nats/token after ${last?.seconds.toFixed(0)} s`);
      await writeReport(flags.out, comparisonOf(flags, text, runs));
    }
  note(`Report: ${flags.out}/report.html`);
}

/** A model to compare, but for its seed. */
type ComparedModel = ModelOptions & { readonly cell: Cell };

/** The cells to compare, each of another name. */
async function cellsOf(flags: CompareFlags): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const given of flags.cells) cells.push(cellOf(await loadCell(given)));
  const twice = cells.find(({ name }, place) => cells.findIndex((cell) => cell.name === name) !== place);
  if (twice) throw new InvalidArgumentError(`Expected --cells of different names, got two called ${twice.name}`);
  return cells;
}

/**
 * The models to compare, but for their seeds.
 * @throws {InvalidArgumentError} when there is not enough memory for one of them.
 */
function modelsOf(
  flags: CompareFlags,
  cells: readonly Cell[],
  vocabularySize: number,
  batchTokens: number,
): ComparedModel[] {
  const { embedding: embeddingSize, layers, dropout, hidden: hiddenSize } = flags;
  const models: ComparedModel[] = cells.map((cell) => ({ cell, embeddingSize, hiddenSize, layers, dropout }));
  for (const options of models) checkTrainingSize(options, vocabularySize, { batchTokens });
  if (flags.match === 'hidden') return models;
  const parameters = Math.max(...models.map((options) => parameterCount(options, vocabularySize)));
  const matched = models.map((options) => ({
    ...options,
    hiddenSize: hiddenSizeFor(parameters, options, vocabularySize),
  }));
  // Of a smaller cell, more hidden numbers are kept of a batch.
  for (const options of matched) checkTrainingSize(options, vocabularySize, { batchTokens });
  return matched;
}

async function trainOnce(
  flags: CompareFlags,
  { tokenizer, batches, validBatches, size }: TrainingText,
  options: ComparedModel,
  { index, flowBatch }: { index: number; flowBatch: Batch },
): Promise<ComparisonRun> {
  const { epochs, prompt, clip: clipNorm } = flags;
  const minutes = epochs === undefined ? (flags.minutes ?? DEFAULT_MINUTES) : Infinity;
  const seed = flags.seed + index;
  const model = new LanguageModel({ ...options, tokenizer, seed });
  const over = epochs === undefined ? { minutes } : { steps: epochs * size.train.batches };
  try {
    const before = await flowSnapshot(model, flowBatch, 'before training');
    const measurements = await measureTraining(model, {
      optimizer: adam({ learningRate: warmupCosine({ peak: flags.learningRate, over }) }),
      clipNorm,
      // Every seed has its own orders of sentences, the same for all cells.
      batches: (epoch) => batches(epoch + index * EPOCHS_APART),
      validBatches,
      batchesPerRound: Math.ceil(size.train.batches / flags.validations),
      epochs: epochs ?? Infinity,
      minutes,
      onStep: progress,
    });
    const after = await flowSnapshot(model, flowBatch, 'after training');
    return {
      cell: options.cell.name,
      equation: equationIn(model),
      seed,
      hiddenSize: model.config.hiddenSize,
      parameters: parameterCount({ ...model.config, cell: model.cell }, tokenizer.vocabularySize),
      ...measurements,
      gradientFlow: [before, after],
      samples: await continuations(model, { prompt, seed }),
    };
  } finally {
    model.dispose();
  }
}

function equationIn({ cell, config: { embeddingSize: input, hiddenSize: hidden, bias } }: LanguageModel): string {
  return equationOf(cell, 'unicode', { input, hidden, bias }).equation;
}

const EPOCHS_APART = 1e6;

function comparisonOf(flags: CompareFlags, { tokenizer, size }: TrainingText, runs: ComparisonRun[]): Comparison {
  const { match, epochs, minutes = DEFAULT_MINUTES, layers, dropout, maxTokens, learningRate, prompt } = flags;
  return {
    format: COMPARISON_FORMAT,
    settings: {
      match,
      budget: epochs === undefined ? { minutes } : { epochs },
      embeddingSize: flags.embedding,
      ...{ layers, dropout, maxTokens, learningRate, prompt },
      clipNorm: flags.clip,
      backend: backendReport().backend,
    },
    text: {
      vocabularySize: tokenizer.vocabularySize,
      train: { sentences: size.train.sentences, tokens: size.train.tokens },
      valid: { sentences: size.valid.sentences, tokens: size.valid.tokens },
    },
    runs,
  };
}

/**
 * The batch of the longest sentences, of those with at least ten: gradients can be followed far back there. Larger ones than
 * `maxTokens`, of one sentence, are left out: there is no room for their gradients.
 */
async function longBatch(batches: AsyncIterable<Batch>, maxTokens = Infinity): Promise<Batch | undefined> {
  let best: Batch | undefined;
  const worth = ({ size, length }: Batch): number => Math.min(size, 10) * 1e6 + length;
  for await (const batch of batches)
    if (batch.size * batch.length <= maxTokens && (!best || worth(batch) > worth(best))) best = batch;
  return best;
}

/** How far a run is, once in a hundred steps. */
function progress({ step, seconds, loss, tokensPerSecond }: TrainingStep): void {
  if (step % 100 !== 99) return;
  note(
    `  ${seconds.toFixed(0)} s | step ${step + 1} | loss ${loss.toFixed(3)} | ${Math.round(tokensPerSecond)} tokens/s`,
  );
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
