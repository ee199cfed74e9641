import type { Job } from './job.js';

/** Which text, and how much of it. */
export interface TextOfJob {
  readonly corpus: string;
  readonly sentencePerLine?: boolean;
  /** Pieces of the vocabulary. Default: characters. */
  readonly pieces?: number | undefined;
  /** How many batches. */
  readonly count: number;
}

const MAX_TOKENS = 6400;
const MAX_LENGTH = 1000;

/** The first batches of a text through the real pipeline. */
export async function firstBatches({
  corpus,
  sentencePerLine = false,
  pieces,
  count,
}: TextOfJob): Promise<Pick<Job, 'vocabularySize' | 'eosId' | 'batches'>> {
  const library = await import('../../src/index.js');
  const { pipeline, readText, splitLines, splitSentences, tokenize, appendEos, limitLength, shuffle } = library;
  const sentences = () => pipeline(readText(corpus), sentencePerLine ? splitLines() : splitSentences());
  const tokenizer =
    pieces === undefined
      ? await library.CharacterTokenizer.fromStream(readText(corpus))
      : await library.SentencePieceTokenizer.train(sentences(), { vocabularySize: pieces });
  const all = pipeline(
    sentences(),
    tokenize(tokenizer),
    appendEos(tokenizer),
    limitLength({ maxLength: MAX_LENGTH }),
    shuffle({ bufferSize: 4096, seed: 1 }),
    library.bucketByLength({ maxTokens: MAX_TOKENS }),
    library.padBatch(),
    library.maskPadding(),
  );
  const batches: Job['batches'][number][] = [];
  for await (const { size, length, ids, lengths } of all) {
    batches.push({ size, length, ids: [...ids], lengths: [...lengths] });
    if (batches.length === count) break;
  }
  return { vocabularySize: tokenizer.vocabularySize, eosId: tokenizer.eosId, batches };
}
