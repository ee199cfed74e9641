import type { Command } from './cli/Command.js';
import { checkTrainFlags } from './cli/checkTrainFlags.js';
import { count, positive, seed } from './cli/numbers.js';
import { backendOption, CELLS, continuousOptions, option, textOptions } from './cli/options.js';
import { startScript } from './cli/start.js';
import type { TuneFlags } from './cli/tune/TuneFlags.js';
import { train } from './train.js';

export const tune: Command<TuneFlags> = {
  name: 'tune',
  does: 'Look for a good recipe: many short trainings, then longer ones of the best of them; the loss is that on validation text.',
  more: 'What is not searched is as train has it by default. Each trial is a line of --log; called again, it goes on with what is not there yet.',
  examples: [
    '--hours 3',
    '--hours 8 --corpus speech.txt --minutes 10 --log runs/speech.jsonl',
    '--hours 3 --continuous --corpus plays.txt',
  ],
  options: [
    ...textOptions(),
    ...continuousOptions(),
    option('--cell <name>', `recurrent cell: ${CELLS}, or a module that exports your own (default: gru)`),
    option('--hidden <n>', 'size of the hidden state, which is searched otherwise', count),
    option('--hours <n>', 'how long all trainings take together', positive).makeOptionMandatory(),
    option('--minutes <n>', 'how long the longest trainings are; others take a third, and a ninth', positive, 3),
    option('--log <file>', 'where trials are kept').default('runs/tune.jsonl'),
    option(
      '--workers <n>',
      'threads that train (default: one a core, each with 1,600 tokens of a batch or more)',
      count,
    ),
    option('--seed <n>', 'the same seed, the same settings', seed, 1),
    backendOption(),
  ],
  async run(given, invocation) {
    const defaults = Object.fromEntries(
      train.options.flatMap((one) => (one.defaultValue === undefined ? [] : [[one.attributeName(), one.defaultValue]])),
    );
    const flags: TuneFlags = { ...defaults, ...given };
    checkTrainFlags(flags, invocation.typed);
    const { tuneTo } = await import('./cli/tune/tuneTo.js');
    return tuneTo(flags, invocation);
  },
};

await startScript(import.meta, tune);
