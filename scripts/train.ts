import { SAMPLE_TEMPERATURE as temperature } from '../src/defaults.js';
import type { FitEvaluation, TensorBoardLog } from '../src/index.js';
import { GRADIENT_PRECISIONS } from '../src/names.js';
import type { Command } from './cli/Command.js';
import { checkTrainFlags } from './cli/checkTrainFlags.js';
import { interruption } from './cli/interruption.js';
import { atLeastZero, count, countFromZero, number, positive, seed, share, shareOrWhole } from './cli/numbers.js';
import {
  CELLS,
  choice,
  continuousOptions,
  durationOptions,
  option,
  textOptions,
  toggle,
  trainingOptions,
} from './cli/options.js';
import { print, printSentence } from './cli/print.js';
import { CONTINUOUS_RECIPE, RECIPE } from './cli/recipe.js';
import { shellQuoted } from './cli/shellQuoted.js';
import { startScript } from './cli/start.js';
import type { TrainFlags } from './cli/TrainFlags.js';
import { zoneoutText } from './cli/zoneoutFlag.js';

/** How many sentences, or passages of text that goes on, are shown at the end. */
const AT_END = { sentences: 5, passages: 3 };
/** Characters of a passage. */
const PASSAGE = 400;

export const train: Command<TrainFlags> = {
  name: 'train',
  does: 'Train a language model on text, then stream sentences from it.',
  examples: [
    '',
    '--corpus speech.txt --cell lstm --hidden 512 --minutes 10 --out runs/speech',
    '--cell ./my-cell.js --hidden 256',
    '--corpus speech.txt --tokenizer sentencepiece:1000',
    '--corpus train.txt --valid valid.txt --sentence-per-line --epochs 20',
    "--corpus 'books/*.txt' notes.txt.gz",
    ['cat *.txt |', '--corpus -'],
    "--continuous --corpus 'plays/*.txt' --minutes 10 --out runs/plays",
    '--init-from runs/speech --corpus verse.txt --extend-vocabulary --learning-rate 1e-3 --out runs/verse',
    '--resume --out runs/speech',
  ],
  options: [
    ...textOptions(RECIPE),
    ...continuousOptions(),
    option(
      '--init-from <dir>',
      "a saved model, or a run, whose best is taken: begin with its weights and tokenizer; cell and sizes are the model's, and so is --dropout unless it is given",
    ).conflicts('tokenizer'),
    toggle(
      '--extend-vocabulary',
      'beside --init-from: characters that the model lacks get ids, and are unknown no more',
    ),
    option(
      '--cell <name>',
      `recurrent cell: ${CELLS}, or a module that exports your own, such as ./my-cell.js`,
    ).default('gru'),
    option('--hidden <n>', 'size of the hidden state', count, RECIPE.hidden),
    option('--dropout <share>', "share of each layer's outputs to drop in training", share, RECIPE.dropout),
    option('--dropout-input <share>', 'of embedded tokens', share),
    option(
      '--dropout-state <share>',
      `of the state where it meets a matrix, the same at all time steps of a sequence (default: where no flag says what to drop, and the cell has such a matrix, ${RECIPE.dropoutState})`,
      share,
    ),
    option('--dropout-embedding <share>', 'of the vocabulary, whose embedding is zero for a batch', share),
    option('--dropout-weights <share>', 'of the weights that meet the state, for a batch', share),
    toggle(
      '--dropout-per-sequence',
      'drop the same of inputs and outputs at all time steps of a sequence, or of a window of text that goes on',
    ),
    option(
      '--dropout-epochs <n>',
      `over how many epochs what is dropped rises to that: little where a text is read for the first time (default: where no flag says what to drop, ${RECIPE.dropoutEpochs}; with --continuous or --tokenizer characters ${CONTINUOUS_RECIPE.dropoutEpochs})`,
      countFromZero,
    ),
    option(
      '--zoneout <shares>',
      'of the state, to leave as it was at a time step: 0.1, or of parts of it, such as hidden=0.05,memory=0.5 of an LSTM',
      zoneoutText,
    ),
    option(
      '--forget-bias <x>',
      'what the bias of the forget gate begins with, in cells that have one; 1 is what Jozefowicz et al. 2015 recommend',
      number,
      0,
    ),
    toggle('--tie-weights', 'the projection is the embedding, transposed; takes --embedding as large as --hidden'),
    choice('--initial-state <what>', 'the state before the first token', ['zero', 'learned'], 'zero'),
    ...trainingOptions(RECIPE),
    option(
      '--weight-decay <x>',
      `of --optimizer adamW: how much of itself a weight loses, times the rate (default: ${RECIPE.weightDecay})`,
      atLeastZero,
    ),
    option('--l2 <x>', 'of adam and adamW: an L2 penalty, so much of a weight is added to its gradient', positive),
    option('--beta1 <x>', 'of adam and adamW: decay of the mean of gradients (default: 0.9)', share),
    option(
      '--beta2 <x>',
      `of adam and adamW: decay of the mean of squared gradients (default: ${RECIPE.beta2})`,
      share,
    ),
    option(
      '--warmup <share>',
      `of the training, in which the learning rate rises to its highest (default: ${RECIPE.warmup})`,
      share,
    ),
    option(
      '--final-rate <share>',
      `what the learning rate falls to, as a share of the highest (default: ${RECIPE.finalRate})`,
      shareOrWhole,
    ),
    option(
      '--average <decay>',
      `evaluate and save a mean of the weights: how much of it is kept at a step, less at first; 0: the weights themselves (default: ${RECIPE.average})`,
      share,
    ),
    option(
      '--label-smoothing <share>',
      'of each target, spread evenly over the vocabulary; the losses that are told are without it',
      share,
    ),
    option(
      '--past-decode <x>',
      'past decode regularization: what it counts that the last token is decoded of what is predicted, such as 0.001',
      positive,
    ),
    choice(
      '--precision <type>',
      'of numbers in the products that make gradients of weights; bfloat16 may gain where the processor multiplies it: docs/performance.md',
      GRADIENT_PRECISIONS,
      'float32',
    ),
    toggle(
      '--fit-temperature',
      'at the end, fit the softmax temperature of the best model on the validation text, and save it so',
    ),
    ...durationOptions('stop'),
    option(
      '--patience <n>',
      'stop when the loss on the validation text has not become lower for so many epochs',
      count,
    ),
    option('--seed <n>', 'same seed and workers, same run', seed, 1),
    option('--out <dir>', 'run directory for models and metrics (default: runs/CELL-TIME)'),
    toggle('--overwrite', 'replace the run that --out holds').conflicts('resume'),
    toggle(
      '--resume',
      'go on with the run that --out holds, from its last checkpoint; where it has learned nothing yet, begin it',
    ),
    option('--checkpoint-every <n>', 'steps from one checkpoint to the next', count, 100),
    option('--no-passages', 'keep no held-out text; else 200 kB at most, in which the page looks for passages'),
    option('--tensorboard', 'log for TensorBoard into the run directory').default(true),
    option('--no-tensorboard', 'do not log for it'),
  ],

  async run(given, invocation) {
    const { typed, stdout, stderr, call } = invocation;
    checkTrainFlags(given, typed);
    const { fit, RunDirectory, sample, textOf } = await import('../src/index.js');
    const { describeContinuousEpoch, describeEpoch, describeResumption, describeTemperature, describeTraining } =
      await import('./cli/describeTraining.js');
    const { prepareTraining } = await import('./cli/prepareTraining.js');
    const { runLog } = await import('./cli/runLog.js');
    const { TrainingDisplay } = await import('./cli/TrainingDisplay.js');

    const { flags, text, model, optimizer, duration, found, out, run } = await prepareTraining(given, invocation);
    const passage = Math.ceil((PASSAGE * text.size.train.tokens) / text.size.train.characters);
    const samples = flags.continuous
      ? { maxLength: passage, maxLengthAtEnd: passage, atEnd: AT_END.passages }
      : { maxLength: 200, maxLengthAtEnd: undefined, atEnd: AT_END.sentences };
    const display = new TrainingDisplay(stderr, duration.share, text.size.train);
    let log: TensorBoardLog | undefined;
    const monitor = () => {
      log = runLog(out, flags);
      display.note(describeTraining(out, text.size, model));
      display.note(
        text.firstEpoch
          ? describeEpoch(text.firstEpoch, Math.min(flags.maxLength, flags.maxTokens))
          : describeContinuousEpoch(text.size.train.batches, text.largestBatch, text.badRecords),
      );
      if (flags.initFrom !== undefined && !found) display.note(`weights of the model in ${flags.initFrom}`);
      if (flags.resume) display.note(describeResumption(found));
      if (log) display.note(`watch it learn: tensorboard --logdir ${shellQuoted(out)}`);
      return log ?? ((steps) => steps);
    };
    const afterEvaluation = async ({ metrics, evaluation, step }: FitEvaluation): Promise<void> => {
      log?.validation(evaluation, step);
      const seed = flags.seed + metrics.epoch - 1;
      const shown = await textOf(sample(model, { temperature, maxLength: samples.maxLength, seed }));
      log?.text('sample', shown, step);
      display.epoch(metrics, shown);
    };

    const { stop, release } = interruption(invocation.signal);
    try {
      const { batches, validBatches, fingerprint, size } = text;
      const { clip: clipNorm, average, labelSmoothing, pastDecode, precision, workers, checkpointEvery } = flags;
      const averageDecay = average || undefined;
      const training = fit(model, {
        ...{
          batches,
          validBatches,
          fingerprint,
          carryState: flags.continuous,
          optimizer,
          clipNorm,
          averageDecay,
          labelSmoothing,
          pastDecode,
          precision,
          workers,
        },
        ...{ until: duration.until, signal: stop },
        ...{ run, checkpointEvery, notes: { train: { ...size.train } } },
        ...{ monitor, afterEvaluation, fitTemperature: flags.fitTemperature },
      });
      let hasLearned = found !== undefined;
      let hasStepped = false;
      let isStopped = false;
      await training.forEach((event) => {
        if (event.type === 'step') {
          hasLearned = true;
          hasStepped = true;
          display.step(event.step);
        }
        if (event.type === 'temperature') display.note(describeTemperature(event));
        isStopped = event.type === 'end' && event.reason === 'aborted';
      });
      if (isStopped) {
        const goOn = call('train', `--resume --out ${shellQuoted(out)}`);
        display.note(
          hasLearned ? `Stopped. What was learned is in ${out}; go on: ${goOn}` : 'Stopped before anything was learned',
        );
        return stop.reason;
      }
      if (!hasStepped)
        display.note(`The run had come to its end. A longer training is another run: --init-from ${shellQuoted(out)}`);
      const best = await RunDirectory.loadBest(out);
      try {
        for (let count = 0; count < samples.atEnd; count++) {
          const options = { temperature, seed: flags.seed + count, maxLength: samples.maxLengthAtEnd };
          if (flags.continuous && count > 0) await print(stdout, '\n');
          await printSentence(stdout, '', sample(best, options));
        }
      } finally {
        best.dispose();
      }
      const more = `--decoder sample --temperature ${temperature} --count ${samples.atEnd} --seed ${flags.seed + samples.atEnd}`;
      display.note(`More: ${call('generate', `--run ${shellQuoted(out)} ${more}`)}`);
      return 0;
    } finally {
      release();
      model.dispose();
    }
  },
};

await startScript(import.meta, train);
