import { backendOption, command, run } from './cli/command.js';
import type { ScoreFlags } from './cli/scoreSentences.js';

const program = command(
  'npm run score --',
  'Say how probable a trained model finds sentences, token by token: a table each, or with --json a line of JSON each.',
  [
    "npm run score -- --run runs/speech 'We will win.'",
    "npm run score -- --run runs/speech --prompt 'We will' ' win.' ' lose.'",
    'cat sentences.txt | npm run --silent score -- --run runs/speech --json | jq .logProbability',
  ],
)
  .argument('[sentences...]', 'sentences, each an argument; without them, the lines of standard input')
  .requiredOption('--run <dir>', 'run directory that npm run train made')
  .option('--prompt <text>', 'what each sentence begins with; it is read, not scored', '')
  .option('--json', 'a line of JSON for each sentence instead of a table', false)
  .addOption(backendOption())
  .action(async (sentences: string[], flags: ScoreFlags & { backend?: string }) => {
    if (flags.backend) process.env['BABBLEBROOK_BACKEND'] = flags.backend;
    const { scoreSentences } = await import('./cli/scoreSentences.js');
    await scoreSentences(sentences, flags);
  });

await run(program);
