import { Option } from 'commander';
import { CELLS } from './cli/cells.js';
import { backendOption, command, count, positive, run, seed, share } from './cli/command.js';
import type { CompareFlags } from './cli/compare/CompareFlags.js';
import { cellNames } from './cli/compare/cellNames.js';
import { rates } from './cli/compare/rates.js';
import { recordedComparison } from './cli/compare/recordedComparison.js';
import { defaultWorkers } from './cli/defaultWorkers.js';
import { OPTIMIZERS } from './cli/optimizers.js';
import { textOptions } from './cli/textOptions.js';
import { typedFlags } from './cli/typedFlags.js';

const program = command(
  'npm run compare --',
  'Train each cell on the same text for the same time, and write a report: one page, report.html, and report.md. By default that is nine runs of three minutes, and two shorter ones of each cell with a forget gate.',
  [
    'npm run compare',
    'npm run compare -- --corpus speech.txt --minutes 10 --out runs/compare-speech',
    'npm run compare -- --cells lstm,gru --match hidden --epochs 5 --seeds 1',
    'npm run compare -- --tune --minutes 2 --cells rnn,lstm,gru,minGru',
    'npm run compare -- --out runs/compare-speech --resume',
    'npm run compare -- --out runs/compare-speech --redraw',
  ],
  textOptions(),
)
  .option(
    '--cells <names>',
    `cells, with commas: ${CELLS}, and modules that export your own, such as ./my-cell.js`,
    cellNames,
    ['rnn', 'lstm', 'gru'],
  )
  .addOption(
    new Option(
      '--match <what>',
      'what the models have in common: as many parameters as the largest cell has, or --hidden',
    )
      .choices(['parameters', 'hidden'])
      .default('parameters'),
  )
  .option('--seeds <n>', 'runs of each cell', count, 3)
  .addOption(new Option('--epochs <n>', 'end each run after so many epochs').argParser(count).conflicts('minutes'))
  .option('--minutes <n>', 'end each run after so many minutes of training (default: 3)', positive)
  .option('--hidden <n>', 'size of the hidden state', count, 256)
  .option('--embedding <n>', 'numbers that stand for a token', count, 64)
  .option('--layers <n>', 'recurrent layers, at most 1,000', count, 1)
  .option('--dropout <share>', "share of each layer's outputs to drop in training", share, 0)
  .addOption(new Option('--optimizer <name>', 'how gradients change the weights').choices(OPTIMIZERS).default('adam'))
  .addOption(
    new Option('--learning-rate <x>', 'highest rate; it rises at first and then falls along a cosine')
      .argParser(positive)
      .default(5e-3)
      .conflicts('tune'),
  )
  .option(
    '--tune',
    'find each cell its own learning rate first, in trainings of a quarter of a run, and the best two in half a run: about two and a quarter runs a cell',
    false,
  )
  .addOption(
    new Option(
      '--rates <list>',
      'rates to begin that search with, rising (it goes beyond where the best is the last); takes --tune for said',
    )
      .argParser(rates)
      .default([0.0025, 0.005, 0.01, 0.02, 0.04])
      .implies({ tune: true }),
  )
  .option('--clip <x>', 'largest norm of the gradients', positive, 5)
  .option('--validations <n>', 'how often an epoch is interrupted to measure loss and gates', count, 4)
  .option('--longer <times>', 'at the end, one run more that is so many times as long, of some cells', positive)
  .option('--longer-cells <names>', 'of which; best is the best of those not named', cellNames, ['best'])
  .option('--no-forget-bias', 'do not try what a forget bias that begins with 1 changes')
  .option('--workers <n>', 'threads that train (default: a core each, where batches are large enough)', count)
  .option('--prompt <text>', 'what every model continues', 'We ')
  .option('--seed <n>', 'the first seed; the others follow', seed, 1)
  .option('--out <dir>', 'directory for the report', 'runs/compare')
  .addOption(
    new Option('--overwrite', 'replace the comparison that --out holds').default(false).conflicts(['resume', 'redraw']),
  )
  .addOption(
    new Option('--resume', 'go on with the comparison of --out: only what is missing is trained')
      .default(false)
      .conflicts('redraw'),
  )
  .option('--redraw', 'draw the report of --out again, from its compare.json', false)
  .addOption(backendOption())
  .action(async (given: GivenFlags) => {
    const recorded = given.resume ? recordedComparison(given.out) : undefined;
    const backend = given.backend ?? recorded?.backend;
    if (backend) process.env['BABBLEBROOK_BACKEND'] = backend;
    if (given.redraw) {
      const { redrawReport } = await import('./cli/compare/reportFiles.js');
      await redrawReport(given.out);
      return;
    }
    const workers = given.workers ?? recorded?.workers ?? defaultWorkers(given.maxTokens);
    // TensorFlow reads this when it is loaded; its own threads would get into the workers' way.
    if (workers > 1) process.env['TF_NUM_INTRAOP_THREADS'] ??= '1';
    const { compareTo } = await import('./cli/compare/compareTo.js');
    await compareTo({ ...given, workers }, typedFlags(program));
  });

type GivenFlags = Omit<CompareFlags, 'workers'> & {
  readonly workers?: number;
  readonly redraw: boolean;
  readonly backend?: string;
};

await run(program);
