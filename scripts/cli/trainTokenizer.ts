import { existsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { checkWritable } from '../../src/files/writeWhole.js';
import { pipeline, readDocuments, readSentences, tokenize, tokenizeText } from '../../src/pipeline.js';
import { InvalidArgumentError, type SentencePieceProgress, SentencePieceTokenizer } from '../../src/text.js';
import type { TokenizerFlags } from '../tokenizer.js';
import type { Invocation } from './Command.js';
import { checkNoSentenceFlags } from './continuousFlags.js';
import { liveLine } from './liveLine.js';
import { print } from './print.js';
import { sentenceFlags } from './sentenceFlags.js';
import { spoolStandardInput } from './spoolStandardInput.js';

const LONGEST = 10;
const SPECIAL = /^<(pad|\/s|unk|0x[0-9A-F]{2})>$/;
const BAR_WIDTH = 20;
/** Milliseconds between two pictures of the progress. */
const FRAME = 100;

/** Learns a tokenizer as the flags say, with progress on standard error; a summary goes to standard output. */
export async function trainTokenizer(
  flags: TokenizerFlags,
  { stdin, stdout, stderr, typed }: Invocation,
): Promise<void> {
  const { vocabulary: vocabularySize, model, byteFallback, keepWhiteSpace, coverage: characterCoverage, out } = flags;
  if (keepWhiteSpace) checkNoSentenceFlags(typed, 'with --keep-white-space: the text is read as it stands');
  checkOut(out, flags.overwrite);
  const files = await spoolStandardInput(flags.corpus, stdin, flags);
  const sentences = readSentences(files, sentenceFlags(flags));
  const { field, format, onBad } = flags;
  const documents = readDocuments(files, { field, format, onBad });
  const start = performance.now();
  const display = progressDisplay(stderr);
  const options = { vocabularySize, model, byteFallback, keepWhiteSpace, characterCoverage, onProgress: display.show };
  const text = keepWhiteSpace ? documents : sentences;
  const tokenizer = await SentencePieceTokenizer.train(text, options).finally(display.end);
  const seconds = (performance.now() - start) / 1000;
  // A vocabulary that cannot be used on its own text is no result.
  const facts = await (keepWhiteSpace
    ? summary(tokenizer, pipeline(documents, tokenizeText(tokenizer)), model, false)
    : summary(tokenizer, pipeline(sentences, tokenize(tokenizer)), model, true));
  await tokenizer.save(out);
  stderr.write(`${out}: learned in ${seconds.toFixed(1)} s\n`);
  await print(stdout, facts);
}

/** Fails before the work rather than after it. */
function checkOut(out: string, overwrite: boolean): void {
  checkWritable(out);
  if (existsSync(out) && !overwrite)
    throw new InvalidArgumentError(`Expected --out to be a new file, got ${out}. --overwrite replaces it`);
}

function progressDisplay(stderr: Writable) {
  const live = liveLine(stderr);
  let last = 0;
  return {
    show({ phase, sentences, pieces, share }: SentencePieceProgress): void {
      if (!live || performance.now() - last < FRAME) return;
      last = performance.now();
      const filled = Math.round(share * BAR_WIDTH);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
      const read = `${sentences.toLocaleString('en')} sentences`;
      live(phase === 'reading' ? `reading ${read}` : `${bar} ${read}, ${pieces.toLocaleString('en')} pieces`);
    },
    end(): void {
      live?.clear();
    },
  };
}

/** What the tokenizer makes of the text that it was learned from. */
async function summary(
  tokenizer: SentencePieceTokenizer,
  encoded: AsyncIterable<Int32Array>,
  model: string,
  ofSentences: boolean,
): Promise<string> {
  const { vocabularySize, unknownId } = tokenizer;
  const total = { parts: 0, tokens: 0, characters: 0, unknown: 0 };
  for await (const ids of encoded) {
    total.parts++;
    total.tokens += ids.length;
    total.characters += tokenizer.characterCount(ids);
    total.unknown += ids.filter((id) => id === unknownId).length;
  }
  const pieces = Array.from({ length: vocabularySize }, (_, id) => tokenizer.piece(id));
  const learned = pieces.filter((piece) => !SPECIAL.test(piece));
  const longest = learned.toSorted((a, b) => b.length - a.length).slice(0, LONGEST);
  return [
    `model                ${model}, ${vocabularySize.toLocaleString('en')} ids`,
    ...(ofSentences
      ? [
          `sentences            ${total.parts.toLocaleString('en')}`,
          `tokens per sentence  ${(total.tokens / total.parts).toFixed(2)}`,
        ]
      : []),
    `characters per token ${(total.characters / total.tokens).toFixed(2)}`,
    `unknown tokens       ${((100 * total.unknown) / total.tokens).toFixed(3)} %`,
    `longest pieces       ${longest.join(' ')}`,
    '',
  ].join('\n');
}
