import type { SentenceReading } from '../src/index.js';
import type { Command } from './cli/Command.js';
import { count, positive } from './cli/numbers.js';
import { choice, corpusOption, option, sentenceOptions, toggle } from './cli/options.js';
import { startScript } from './cli/start.js';

/** The flags of `tokenizer`, as commander gives them. */
export interface TokenizerFlags extends SentenceReading {
  readonly corpus: string[];
  readonly vocabulary: number;
  readonly model: 'unigram' | 'bpe';
  readonly byteFallback: boolean;
  readonly keepWhiteSpace: boolean;
  readonly coverage?: number;
  readonly out: string;
  readonly overwrite: boolean;
}

export const tokenizer: Command<TokenizerFlags> = {
  name: 'tokenizer',
  does: 'Learn a SentencePiece vocabulary from text, and write it as a model file.',
  examples: [
    '--out speeches.model',
    '--corpus speech.txt --vocabulary 4000 --model bpe --byte-fallback --out speech.model',
    "--corpus 'plays/*.txt' --keep-white-space --out plays.model",
    "--corpus 'books/*.txt' --sentence-per-line --out books.model",
  ],
  options: [
    corpusOption(),
    ...sentenceOptions(),
    option('--vocabulary <n>', 'number of ids, special ones included', count, 2000),
    choice('--model <name>', 'how words are split into pieces', ['unigram', 'bpe'], 'unigram'),
    toggle('--byte-fallback', '256 more ids, for the bytes of characters that the text lacks'),
    toggle(
      '--keep-white-space',
      'spaces and line ends are pieces, too: for text that goes on (train --continuous), which is read as it stands',
    ),
    option(
      '--coverage <share>',
      'share of the text whose characters have ids, 0.98 to 1 (default: 0.9995, with --keep-white-space 1)',
      positive,
    ),
    option('--out <file>', 'model file to write').makeOptionMandatory(),
    toggle('--overwrite', 'replace the file that --out names'),
  ],
  async run(flags, invocation) {
    const { trainTokenizer } = await import('./cli/trainTokenizer.js');
    await trainTokenizer(flags, invocation);
  },
};

await startScript(import.meta, tokenizer);
