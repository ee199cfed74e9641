import { Option } from 'commander';
import { backendOption, command, count, integer, positive, run, share, shareAboveZero } from './cli/command.js';
import { applyDecodingSettings } from './cli/decodingSettings.js';
import { DECODERS, type GenerateFlags } from './cli/GenerateFlags.js';

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
  .option('--min-length <n>', 'fewest tokens in a sentence, the prompt not counted', integer)
  .option('--stop <text...>', 'end a sentence as soon as it holds this text')
  .option('--repetition-penalty <x>', 'from 1 on: tokens that have occurred become less probable', positive)
  .option('--block-ngram <n>', 'no sequence of n tokens comes twice', count)
  .option('--temperature <x>', 'below 1, likely tokens become likelier (sample, stochastic)', positive)
  .option('--top-k <n>', 'only the n most probable tokens may come', count)
  .option('--top-p <x>', 'only the most probable tokens that make up this share may come', shareAboveZero)
  .option('--min-p <x>', "only tokens of at least this share of the best one's probability may come", share)
  .option('--seed <n>', 'same seed, same sentences (sample, stochastic)', integer, 1)
  .option('--beams <n>', 'hypotheses that are kept, at least as many as sentences (beam, stochastic); default 8', count)
  .option('--length-penalty <x>', 'above 0, longer sentences are favoured more (beam); default 0', Number)
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
