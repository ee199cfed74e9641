import { Option } from 'commander';
import { backendOption, command, count, integer, numberThat, positive, run, shareAboveZero } from './cli/command.js';
import { applyDecodingSettings } from './cli/decodingSettings.js';
import { DECODERS, type GenerateFlags } from './cli/GenerateFlags.js';

const atLeastZero = numberThat('a number of at least 0', (value) => value >= 0 && value < Infinity);
const atLeastOne = numberThat('a number of at least 1', (value) => value >= 1 && value < Infinity);
const length = numberThat(
  'an integer of at least 0 and below 2^53',
  (value) => Number.isSafeInteger(value) && value >= 0,
);
const shareOrWhole = numberThat('a number of at least 0 and of at most 1', (value) => value >= 0 && value <= 1);

const program = command(
  'npm run generate --',
  'Stream sentences from a trained model to standard output, one a line.',
  [
    'npm run generate -- --run runs/speech',
    'npm run generate -- --run runs/speech --decoder sample --temperature 0.7 --top-p 0.95 --count 5',
    "npm run generate -- --run runs/speech --decoder beam --beams 8 --prompt 'We will' --show-beams",
    'npm run --silent generate -- --run runs/speech --decoder stochastic --beams 4 --count 4 --json | jq .text',
  ],
)
  .requiredOption('--run <dir>', 'run directory that npm run train made')
  .addOption(new Option('--decoder <name>', 'how tokens are chosen').choices(DECODERS).default('sample'))
  .option('--prompt <text>', 'text that each sentence begins with', '')
  .option('--count <n>', 'sentences', count, 1)
  .option('--max-length <n>', 'most tokens in a sentence, the prompt not counted', count, 1000)
  .option('--min-length <n>', 'fewest tokens in a sentence, the prompt not counted', length)
  .option('--stop <text...>', 'end a sentence as soon as it holds this text')
  .option('--repetition-penalty <x>', 'from 1 on: tokens that have occurred become less probable', atLeastOne)
  .option('--block-ngram <n>', 'no sequence of n tokens comes twice', count)
  .option('--temperature <x>', 'below 1, likely tokens become likelier (sample, stochastic)', positive)
  .option('--top-k <n>', 'only the n most probable tokens may come (not greedy)', count)
  .option('--top-p <x>', 'only the most probable tokens that make up this share may come (not greedy)', shareAboveZero)
  .option(
    '--min-p <x>',
    "only tokens of at least this share of the best one's probability may come (not greedy)",
    shareOrWhole,
  )
  .option('--seed <n>', 'same seed, same sentences (sample, stochastic); default 1', integer)
  .option('--beams <n>', 'hypotheses that are kept, at least as many as sentences (beam, stochastic); default 8', count)
  .option('--length-penalty <x>', 'above 0, longer sentences are favoured more (beam); default 0', atLeastZero)
  .option('--show-beams', 'draw the live hypotheses as they change (beam)', false)
  .option('--json', 'print a line of JSON for each token', false)
  .addOption(backendOption())
  .action(async (flags: GenerateFlags & { backend?: string }) => {
    if (flags.backend) process.env['BABBLEBROOK_BACKEND'] = flags.backend;
    applyDecodingSettings();
    const { generateSentences } = await import('./cli/generateSentences.js');
    await generateSentences(flags);
  });

await run(program);
