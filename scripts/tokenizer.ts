import { Option } from 'commander';
import { command, count, positive, run } from './cli/command.js';
import { corpusOption, sentenceOptions } from './cli/textOptions.js';
import type { TokenizerFlags } from './cli/trainTokenizer.js';

const program = command(
  'npm run tokenizer --',
  'Learn a SentencePiece vocabulary from text, and write it as a model file.',
  [
    'npm run tokenizer -- --out speeches.model',
    'npm run tokenizer -- --corpus speech.txt --vocabulary 4000 --model bpe --byte-fallback --out speech.model',
    "npm run tokenizer -- --corpus 'books/*.txt' --sentence-per-line --out books.model",
  ],
  [corpusOption(), ...sentenceOptions()],
)
  .option('--vocabulary <n>', 'number of ids, special ones included', count, 2000)
  .addOption(
    new Option('--model <name>', 'how words are split into pieces').choices(['unigram', 'bpe']).default('unigram'),
  )
  .option('--byte-fallback', '256 more ids, for the bytes of characters that the text lacks', false)
  .option('--coverage <share>', 'share of the text whose characters have ids, 0.98 to 1', positive, 0.9995)
  .requiredOption('--out <file>', 'model file to write')
  .option('--overwrite', 'replace the file that --out names', false)
  .action(async (flags: TokenizerFlags) => {
    const { trainTokenizer } = await import('./cli/trainTokenizer.js');
    await trainTokenizer(flags);
  });

await run(program);
