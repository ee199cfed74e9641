import { Option } from 'commander';
import { CELLS } from './cli/cells.js';
import { backendOption, command, count, number, positive, run, seed, share } from './cli/command.js';
import { defaultWorkers } from './cli/defaultWorkers.js';
import { OPTIMIZERS } from './cli/optimizers.js';
import { recordedStart } from './cli/recordedStart.js';
import type { TrainFlags } from './cli/TrainFlags.js';
import { textOptions } from './cli/textOptions.js';
import { typedFlags } from './cli/typedFlags.js';

const program = command(
  'npm run train --',
  'Train a language model on text, then stream sentences from it.',
  [
    'npm run train',
    'npm run train -- --corpus speech.txt --cell lstm --hidden 512 --minutes 10 --out runs/speech',
    'npm run train -- --cell ./my-cell.js --hidden 256',
    'npm run train -- --corpus speech.txt --tokenizer sentencepiece:1000',
    'npm run train -- --corpus train.txt --valid valid.txt --sentence-per-line --epochs 20',
    "npm run train -- --corpus 'books/*.txt' notes.txt.gz",
    'cat *.txt | npm run train -- --corpus -',
    'npm run train -- --resume --out runs/speech',
  ],
  textOptions(),
)
  .option('--cell <name>', `recurrent cell: ${CELLS}, or a module that exports your own, such as ./my-cell.js`, 'gru')
  .option('--hidden <n>', 'size of the hidden state', count, 512)
  .option('--embedding <n>', 'numbers that stand for a token', count, 64)
  .option('--layers <n>', 'recurrent layers, at most 1,000', count, 1)
  .option('--dropout <share>', "share of each layer's outputs to drop in training", share, 0.5)
  .option(
    '--forget-bias <x>',
    'what the bias of the forget gate begins with, in cells that have one; 1 is what Jozefowicz et al. 2015 recommend',
    number,
    0,
  )
  .addOption(new Option('--epochs <n>', 'stop after so many epochs').argParser(count).conflicts('minutes'))
  .option('--minutes <n>', 'stop after so many minutes of training (default: 3)', positive)
  .option('--patience <n>', 'stop when the loss on the validation text has not become lower for so many epochs', count)
  .option('--tie-weights', 'the projection is the embedding, transposed; takes --embedding as large as --hidden', false)
  .addOption(
    new Option('--initial-state <what>', 'the state before the first token')
      .choices(['zero', 'learned'])
      .default('zero'),
  )
  .addOption(new Option('--optimizer <name>', 'how gradients change the weights').choices(OPTIMIZERS).default('adam'))
  .option('--weight-decay <x>', 'of --optimizer adamW: how much of itself a weight loses, times the rate', positive)
  .option('--learning-rate <x>', 'highest rate; it rises at first and then falls along a cosine', positive, 5e-3)
  .option('--clip <x>', 'largest norm of the gradients', positive, 5)
  .option('--workers <n>', 'threads that train (default: one a core, each with 1,600 tokens of a batch or more)', count)
  .option('--seed <n>', 'same seed and workers, same run', seed, 1)
  .option('--out <dir>', 'run directory for models and metrics (default: runs/CELL-TIME)')
  .addOption(new Option('--overwrite', 'replace the run that --out holds').default(false).conflicts('resume'))
  .option(
    '--resume',
    'go on with the run that --out holds, from its last checkpoint; where it has learned nothing yet, begin it',
    false,
  )
  .option('--checkpoint-every <n>', 'steps from one checkpoint to the next', count, 100)
  .option('--tensorboard', 'log for TensorBoard into the run directory', true)
  .option('--no-tensorboard', 'do not log for it')
  .addOption(backendOption())
  .action(async (given: Omit<TrainFlags, 'workers'> & { backend?: string; workers?: number }) => {
    const recorded = given.resume ? recordedStart(given.out ?? '') : undefined;
    const backend = given.backend ?? recorded?.backend;
    if (backend) process.env['BABBLEBROOK_BACKEND'] = backend;
    const workers = given.workers ?? recorded?.workers ?? defaultWorkers(given.maxTokens);
    // TensorFlow reads this when it is loaded; its own threads would get into the workers' way.
    if (workers > 1) process.env['TF_NUM_INTRAOP_THREADS'] ??= '1';
    const { trainModel } = await import('./cli/trainModel.js');
    await trainModel({ ...given, workers }, typedFlags(program));
  });

await run(program);
