import { Option } from 'commander';
import { backendOption, command, count, integer, positive, run, share } from './cli/command.js';
import type { TrainFlags } from './cli/TrainFlags.js';

const program = command('npm run train --', 'Train a language model on text, then stream sentences from it.', [
  'npm run train',
  'npm run train -- --corpus speech.txt --cell gru --hidden 512 --minutes 10 --out runs/speech',
  'npm run train -- --corpus speech.txt --tokenizer sentencepiece:1000',
  'npm run train -- --corpus train.txt --valid valid.txt --sentence-per-line --epochs 20',
  "npm run train -- --corpus 'books/*.txt' notes.txt.gz",
  'cat *.txt | npm run train -- --corpus -',
])
  .option(
    '--corpus <file...>',
    "text to learn from, UTF-8: files, .gz files, patterns such as 'data/*.txt', - for standard input",
    ['corpus/state-of-the-union.txt'],
  )
  .option('--sentence-per-line', 'each line of the texts is a sentence, as it stands', false)
  .addOption(new Option('--valid <file>', 'text to measure the loss on after each epoch').conflicts('holdOut'))
  .option('--hold-out <share>', 'without --valid: the share of sentences to hold out for that (default: 0.05)', share)
  .option(
    '--tokenizer <name>',
    'characters, sentencepiece:N (N pieces, learned from the corpus) or a .model file',
    'characters',
  )
  .addOption(new Option('--cell <name>', 'recurrent cell').choices(['lstm', 'gru', 'rnn']).default('lstm'))
  .option('--hidden <n>', 'size of the hidden state', count, 256)
  .option('--embedding <n>', 'numbers that stand for a token', count, 64)
  .option('--layers <n>', 'recurrent layers', count, 1)
  .option('--dropout <share>', "share of each layer's outputs to drop in training", share, 0)
  .option('--max-tokens <n>', 'tokens in a batch, padding counted', count, 6400)
  .option('--max-length <n>', 'longer sentences are split, in tokens', count, 1000)
  .addOption(new Option('--epochs <n>', 'stop after so many epochs').argParser(count).conflicts('minutes'))
  .option('--minutes <n>', 'stop after so many minutes of training (default: 3)', positive)
  .option('--learning-rate <x>', 'highest rate; it rises at first and then falls along a cosine', positive, 5e-3)
  .option('--clip <x>', 'largest norm of the gradients', positive, 5)
  .option('--seed <n>', 'same seed, same run', integer, 1)
  .option('--out <dir>', 'run directory for models and metrics (default: runs/CELL-TIME)')
  .option('--overwrite', 'replace the run that --out holds', false)
  .addOption(backendOption())
  .action(async (flags: TrainFlags & { backend?: string }) => {
    if (flags.backend) process.env['BABBLEBROOK_BACKEND'] = flags.backend;
    const { trainModel } = await import('./cli/trainModel.js');
    await trainModel(flags);
  });

await run(program);
