import { backendOption, command, run } from './cli/command.js';
import type { EvaluateFlags } from './cli/evaluateModel.js';
import { sentenceOptions } from './cli/textOptions.js';

const program = command(
  'npm run evaluate --',
  'Measure how well a trained model predicts a text: one line of JSON.',
  [
    'npm run evaluate -- --run runs/speech --text other.txt',
    'npm run --silent evaluate -- --run runs/speech --text valid.txt --sentence-per-line | jq .perplexity',
  ],
  sentenceOptions(),
)
  .requiredOption('--run <dir>', 'run directory that npm run train made')
  .requiredOption('--text <file>', 'text to measure on, UTF-8; - is standard input')
  .addOption(backendOption())
  .action(async (flags: EvaluateFlags & { backend?: string }) => {
    if (flags.backend) process.env['BABBLEBROOK_BACKEND'] = flags.backend;
    const { evaluateModel } = await import('./cli/evaluateModel.js');
    await evaluateModel(flags);
  });

await run(program);
