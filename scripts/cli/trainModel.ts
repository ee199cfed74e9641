import { lastValueFrom, Subject, takeUntil, takeWhile, tap } from 'rxjs';
import {
  adam,
  backendReport,
  EpochTotals,
  epochs,
  evaluate,
  LanguageModel,
  type PipelineReport,
  sample,
  type TrainingStep,
  train,
  warmupCosine,
} from '../../src/index.js';
import { printSentence } from './print.js';
import { RunDirectory } from './RunDirectory.js';
import type { TrainFlags } from './TrainFlags.js';
import { TrainingDisplay } from './TrainingDisplay.js';
import { readTrainingText, type Size } from './trainingText.js';

const DEFAULT_MINUTES = 3;
const SAMPLES_AT_END = 5;

/** Trains a model as the flags say, and streams sentences from it to standard output; all else goes to standard error. */
export async function trainModel(flags: TrainFlags): Promise<void> {
  const { seed } = flags;
  const out = flags.out ?? defaultOut(flags.cell);
  RunDirectory.checkNew(out, flags.overwrite);
  const { tokenizer, batches, validBatches, size, firstEpoch, holdOut } = await readTrainingText(flags);
  const duration = durationOf(flags, size.train.batches);
  const model = new LanguageModel({
    tokenizer,
    cell: flags.cell,
    hiddenSize: flags.hidden,
    embeddingSize: flags.embedding,
    layers: flags.layers,
    dropout: flags.dropout,
    seed,
  });
  const optimizer = adam({ learningRate: warmupCosine({ peak: flags.learningRate, over: duration.span }) });
  const training = train(model, { optimizer, clipNorm: flags.clip });
  const run = await RunDirectory.create(out, { ...flags, holdOut, model: model.config }, flags.overwrite);
  await run.saveTokenizer(tokenizer);
  const display = new TrainingDisplay(duration.share, size.train.characters / size.train.tokens);
  display.note(introduction(run.path, size, model));
  display.note(shapeOf(firstEpoch, Math.min(flags.maxLength, flags.maxTokens)));

  let totals = new EpochTotals();
  const recordEpoch = async (epoch: number): Promise<void> => {
    if (totals.steps === 0) return;
    const { natsPerToken: trainNatsPerToken, seconds, tokens, ...rates } = totals.summary();
    totals = new EpochTotals();
    await run.saveLast(model);
    const valid = await evaluate(model, validBatches);
    const losses = {
      trainNatsPerToken,
      validNatsPerToken: valid.natsPerToken,
      validBitsPerCharacter: valid.bitsPerCharacter,
    };
    const metrics = { epoch: epoch + 1, seconds, tokens, ...losses, ...rates };
    await run.record(model, metrics);
    display.epoch(metrics, await sampleSentence(model, seed + epoch));
  };
  // One after the other: a training that is stopped while an epoch is being recorded waits for that.
  let recording = Promise.resolve();
  const endEpoch = (epoch: number): Promise<void> => {
    recording = recording.then(() => recordEpoch(epoch));
    return recording;
  };

  const { interrupted, release } = interruption();
  let lastStep: TrainingStep | undefined;
  let wasInterrupted = false;
  const steps = epochs(duration.epochs, batches, { afterEach: endEpoch }).pipe(
    training,
    tap((step) => {
      lastStep = step;
      totals.add(step);
      display.step(step);
    }),
    takeWhile((step) => step.seconds < duration.seconds),
    takeUntil(interrupted.pipe(tap(() => (wasInterrupted = true)))),
  );
  try {
    await lastValueFrom(steps, { defaultValue: undefined });
  } finally {
    // Whatever ended the training, an error too: what was learned is saved.
    if (lastStep) await endEpoch(lastStep.epoch);
    release();
  }
  model.dispose();

  if (wasInterrupted) {
    display.note(lastStep ? `Stopped. What was learned is in ${run.path}` : 'Stopped before anything was learned');
    process.exitCode = 130;
    return;
  }
  const best = await RunDirectory.loadBest(run.path);
  for (let count = 0; count < SAMPLES_AT_END; count++)
    await printSentence('', sample(best, { temperature: 0.7, seed: seed + count }));
  display.note(`More: npm run generate -- --run ${run.path} --decoder sample --temperature 0.7 --count 5`);
}

/**
 * The first Ctrl-C (or SIGTERM), as an observable; a second one ends the process at once. The listeners stay until
 * `release()`: were none left, others who listen for signals, such as whoever restores the cursor, would end the process.
 */
function interruption() {
  const interrupted = new Subject<void>();
  const onSignal = (): void => {
    if (interrupted.closed) process.exit(130);
    interrupted.next();
    interrupted.unsubscribe();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const release = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  return { interrupted: interrupted.asObservable(), release };
}

/** When a training ends, and how far it is. */
function durationOf({ epochs: count, minutes = DEFAULT_MINUTES }: TrainFlags, batchesPerEpoch: number) {
  if (count === undefined) {
    const seconds = minutes * 60;
    return { epochs: Infinity, seconds, span: { minutes }, share: (step: TrainingStep) => step.seconds / seconds };
  }
  const steps = count * batchesPerEpoch;
  const share = ({ step }: TrainingStep): number => (step + 1) / steps;
  return { epochs: count, seconds: Infinity, span: { steps }, share };
}

function introduction(path: string, size: { train: Size; valid: Size }, { weights, config }: LanguageModel): string {
  const count = (n: number): string => n.toLocaleString('en');
  const of = ({ sentences, tokens }: Size): string => `${count(sentences)} sentences, ${count(tokens)} tokens`;
  const numbers = Object.values(weights).reduce((sum, weight) => sum + weight.size, 0);
  return [
    `${config.cell} with ${count(numbers)} weights, ${backendReport().backend} backend, run in ${path}`,
    `train on ${of(size.train)}; validate on ${of(size.valid)}`,
  ].join('\n');
}

/** `an epoch: 330 batches | padding 1.9 % | 12 of 18,234 sentences split at 1,000 tokens | read at 1,500,000 tokens/s`. */
function shapeOf({ batches, padding, split, sentences, tokensPerSecond }: PipelineReport, maxLength: number): string {
  const count = (n: number): string => Math.round(n).toLocaleString('en');
  return [
    `an epoch: ${count(batches)} batches`,
    `padding ${(100 * padding).toFixed(1)} %`,
    `${count(split)} of ${count(sentences)} sentences split at ${count(maxLength)} tokens`,
    `read at ${count(tokensPerSecond)} tokens/s`,
  ].join(' | ');
}

async function sampleSentence(model: LanguageModel, seed: number): Promise<string> {
  let sentence = '';
  for await (const { text } of sample(model, { temperature: 0.7, maxLength: 200, seed })) sentence += text;
  return sentence;
}

/** `runs/lstm-20261124-081604`. */
function defaultOut(cell: string): string {
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `runs/${cell}-${time}`;
}
