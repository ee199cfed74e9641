import type { Command } from './cli/Command.js';
import { checkTrainFlags } from './cli/checkTrainFlags.js';
import { count, positive, seed } from './cli/numbers.js';
import { backendOption, CELLS, continuousOptions, option, textOptions } from './cli/options.js';
import { RECIPE } from './cli/recipe.js';
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
    '--hours 3 --space space.json --log runs/space.jsonl',
  ],
  options: [
    ...textOptions(RECIPE),
    ...continuousOptions(),
    option('--cell <name>', `recurrent cell: ${CELLS}, or a module that exports your own (default: gru)`),
    option('--hidden <n>', 'size of the hidden state, which is searched otherwise', count),
    option('--hours <n>', 'how long all trainings take together', positive).makeOptionMandatory(),
    option('--minutes <n>', 'how long the longest trainings are; others take a third, and a ninth', positive, 3),
    option('--log <file>', 'where trials are kept').default('runs/tune.jsonl'),
    option(
      '--space <file>',
      'what is searched, as JSON, by the names of flags of train: {"layers": {"oneOf": [1, 2]}, "learningRate": {"from": 1e-3, "to": 1e-2, "logarithmic": true}}',
    ),
    option('--workers <n>', 'threads that train (default: one a core, each with 800 tokens of a batch or more)', count),
    option('--seed <n>', 'the same seed, the same settings', seed, 1),
    backendOption(),
  ],
  async run(given, invocation) {
    const defaults = Object.fromEntries(
      train.options.flatMap((one) => (one.defaultValue === undefined ? [] : [[one.attributeName(), one.defaultValue]])),
    );
    const flags: TuneFlags = { ...defaults, ...given };
    checkTrainFlags(flags, invocation.typed);
    const { readSpace } = await import('./cli/tune/readSpace.js');
    const { SPACE } = await import('./cli/tune/space.js');
    const space = flags.space === undefined ? SPACE : readSpace(flags.space, train.options);
    const { tuneTo } = await import('./cli/tune/tuneTo.js');
    return tuneTo(flags, space, invocation);
  },
};

await startScript(import.meta, tune);
