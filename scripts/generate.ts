import { Option } from 'commander';
import { command, count, integer, positive, run } from './cli/command.js';
import type { GenerateFlags } from './cli/generateSentences.js';

const program = command(
  'npm run generate --',
  'Stream sentences from a trained model to standard output, one a line.',
  [
    'npm run generate -- --run runs/speech',
    'npm run generate -- --run runs/speech --decoder sample --temperature 0.7 --top-p 0.95 --count 5',
    "npm run generate -- --run runs/speech --decoder greedy --prompt 'We will'",
  ],
)
  .requiredOption('--run <dir>', 'run directory that npm run train made')
  .addOption(new Option('--decoder <name>', 'how tokens are chosen').choices(['greedy', 'sample']).default('sample'))
  .option('--temperature <x>', 'sample: below 1, likely tokens become likelier', positive)
  .option('--top-k <n>', 'sample: draw from the n most probable tokens only', count)
  .option('--top-p <share>', 'sample: draw from the most probable tokens that make up this share only', positive)
  .option('--prompt <text>', 'text that each sentence begins with', '')
  .option('--count <n>', 'sentences', count, 1)
  .option('--max-length <n>', 'most tokens in a sentence, the prompt not counted', count, 1000)
  .option('--seed <n>', 'same seed, same sentences', integer, 1)
  .option('--backend <name>', 'tensorflow, wasm or cpu (default: the first that works)')
  .action(async (flags: GenerateFlags & { backend?: string }) => {
    if (flags.backend) process.env['BABBLEBROOK_BACKEND'] = flags.backend;
    const { generateSentences } = await import('./cli/generateSentences.js');
    await generateSentences(flags);
  });

await run(program);
