import type { Command } from './cli/Command.js';
import type { CompareFlags } from './cli/compare/CompareFlags.js';
import { cellNames } from './cli/compare/cellNames.js';
import { checkCompareFlags } from './cli/compare/checkCompareFlags.js';
import { rates } from './cli/compare/rates.js';
import { count, positive, seed, share } from './cli/numbers.js';
import { CELLS, choice, durationOptions, option, textOptions, toggle, trainingOptions } from './cli/options.js';
import { startScript } from './cli/start.js';

export const compare: Command<CompareFlags> = {
  name: 'compare',
  does: 'Train each cell on the same text for the same time, and write a report: one page, report.html, and report.md.',
  more: 'By default that is nine runs of three minutes, and two shorter ones of each cell with a forget gate.',
  examples: [
    '',
    '--corpus speech.txt --minutes 10 --out runs/compare-speech',
    '--cells lstm,gru --match hidden --epochs 5 --seeds 1',
    '--tune --minutes 2 --cells rnn,lstm,gru,minGru',
    '--out runs/compare-speech --resume',
    '--out runs/compare-speech --redraw',
  ],
  options: [
    ...textOptions(),
    option(
      '--cells <names>',
      `cells, with commas: ${CELLS}, and modules that export your own, such as ./my-cell.js`,
      cellNames,
      ['rnn', 'lstm', 'gru'],
    ),
    choice(
      '--match <what>',
      'what the models have in common: as many parameters as the largest cell has, or --hidden',
      ['parameters', 'hidden'],
      'parameters',
    ),
    option('--seeds <n>', 'runs of each cell', count, 3),
    ...durationOptions('end each run'),
    option('--hidden <n>', 'size of the hidden state', count, 256),
    option('--dropout <share>', "share of each layer's outputs to drop in training", share, 0),
    ...trainingOptions(),
    toggle(
      '--tune',
      'find each cell its own learning rate first, in trainings of a quarter of a run, and the best two in half a run: about two and a quarter runs a cell',
    ).conflicts('learningRate'),
    option(
      '--rates <list>',
      'rates to begin that search with, rising (it goes beyond where the best is the last); takes --tune for said',
      rates,
      [0.0025, 0.005, 0.01, 0.02, 0.04],
    ).implies({ tune: true }),
    option('--validations <n>', 'how often an epoch is interrupted to measure loss and gates', count, 4),
    option('--longer <times>', 'at the end, one run more that is so many times as long, of some cells', positive),
    option('--longer-cells <names>', 'of which; best is the best of those not named', cellNames, ['best']),
    option('--no-forget-bias', 'do not try what a forget bias that begins with 1 changes'),
    option('--prompt <text>', 'what every model continues').default('We '),
    option('--seed <n>', 'the first seed; the others follow', seed, 1),
    option('--out <dir>', 'directory for the report').default('runs/compare'),
    toggle('--overwrite', 'replace the comparison that --out holds').conflicts(['resume', 'redraw']),
    toggle('--resume', 'go on with the comparison of --out: only what is missing is trained').conflicts('redraw'),
    toggle('--redraw', 'draw the report of --out again, from its compare.json'),
  ],
  async run(flags, invocation) {
    if (flags.redraw) {
      const { redrawReport } = await import('./cli/compare/reportFiles.js');
      await redrawReport(flags.out, invocation.stderr);
    } else {
      checkCompareFlags(flags, invocation.typed);
      const { compareTo } = await import('./cli/compare/compareTo.js');
      await compareTo(flags, invocation);
    }
  },
};

await startScript(import.meta, compare);
