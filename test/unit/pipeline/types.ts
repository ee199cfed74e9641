import { filter, from, lastValueFrom, map, of, take } from 'rxjs';
import { appendEos } from '../../../src/pipeline/appendEos.js';
import type { Batch, EpochBatch, PaddedBatch, SequenceGroup } from '../../../src/pipeline/Batch.js';
import { bucketByLength } from '../../../src/pipeline/bucketByLength.js';
import { dropDuplicates } from '../../../src/pipeline/dropDuplicates.js';
import { epochs } from '../../../src/pipeline/epochs.js';
import { holdOut } from '../../../src/pipeline/holdOut.js';
import { limitLength } from '../../../src/pipeline/limitLength.js';
import { maskPadding } from '../../../src/pipeline/maskPadding.js';
import { PipelineStats } from '../../../src/pipeline/PipelineStats.js';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { type Pipeline, pipeline } from '../../../src/pipeline/pipeline.js';
import { readText } from '../../../src/pipeline/readText.js';
import { sequencesOf } from '../../../src/pipeline/sequencesOf.js';
import { shuffle } from '../../../src/pipeline/shuffle.js';
import { tokenize } from '../../../src/pipeline/tokenize.js';
import type { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import type { Sequence, TokenIds, Tokenizer } from '../../../src/text/Tokenizer.js';
import type { TrainingStep } from '../../../src/training/TrainingStep.js';
import type { train } from '../../../src/training/train.js';

// What is asserted here is asserted by the compiler: `npm run typecheck`, and so `npm test`, fails where a `@ts-expect-error` has no error,
// and where the rest has one. Nothing of it runs.

/** A fact for the compiler. */
function compiled(_title: string, _code: (given: Given) => unknown): void {}

interface Given {
  readonly sentences: Pipeline<string>;
  readonly ids: Pipeline<TokenIds>;
  readonly sequences: Pipeline<Sequence>;
  readonly groups: Pipeline<SequenceGroup>;
  readonly padded: Pipeline<PaddedBatch>;
  readonly batches: Pipeline<Batch>;
  readonly tokenizer: CharacterTokenizer;
  readonly training: ReturnType<typeof train>;
}

/** Compiles where the value has exactly this type. */
function hasType<T>(): <U>(_value: U & (Same<T, U> extends true ? unknown : 'of another type')) => void {
  return () => {};
}

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;

compiled('the whole pipeline is a Pipeline<Batch>', ({ tokenizer }) => {
  const batches = pipeline(
    readText('speech.txt'),
    filter((sentence) => sentence !== ''),
    holdOut({ fraction: 0.1, keep: 'train' }),
    tokenize(tokenizer),
    appendEos(tokenizer),
    limitLength({ maxLength: 100 }),
    shuffle({ bufferSize: 4096, seed: 1 }),
    bucketByLength({ maxTokens: 6400 }),
    padBatch(),
    maskPadding(),
  );
  hasType<Pipeline<Batch>>()(batches);
});

compiled('each operator tells what comes out of it', ({ sentences, ids, sequences, groups, padded, tokenizer }) => {
  hasType<Pipeline<TokenIds>>()(pipeline(sentences, tokenize(tokenizer)));
  hasType<Pipeline<Sequence>>()(pipeline(ids, appendEos(tokenizer)));
  hasType<Pipeline<SequenceGroup>>()(pipeline(sequences, bucketByLength({ maxTokens: 9 })));
  hasType<Pipeline<PaddedBatch>>()(pipeline(groups, padBatch()));
  hasType<Pipeline<Batch>>()(pipeline(padded, maskPadding()));
});

compiled('shuffle passes items of any type', ({ sentences, batches }) => {
  hasType<Pipeline<string>>()(pipeline(sentences, shuffle({ bufferSize: 9, seed: 1 })));
  hasType<Pipeline<Batch>>()(pipeline(batches, shuffle({ bufferSize: 9, seed: 1 })));
});

compiled(
  'what is counted passes as it is, and stats fit the operators that count',
  ({ sentences, sequences, batches }) => {
    const stats = new PipelineStats();
    hasType<Pipeline<string>>()(pipeline(sentences, stats.countSentences(), dropDuplicates({ stats })));
    hasType<Pipeline<Sequence>>()(pipeline(sequences, limitLength({ maxLength: 9, stats })));
    hasType<Pipeline<Batch>>()(pipeline(batches, stats.countBatches()));
  },
);

compiled('only batches are counted as batches, and only sentences can be duplicates', ({ sentences, ids }) => {
  // @ts-expect-error
  pipeline(sentences, new PipelineStats().countBatches());
  // @ts-expect-error
  pipeline(ids, dropDuplicates());
});

compiled('operators of rxjs infer their types between ours', ({ sentences, tokenizer }) => {
  const items = pipeline(
    sentences,
    map((sentence) => sentence.toLowerCase()),
    tokenize(tokenizer),
    map((ids) => ids.length),
  );
  hasType<Pipeline<number>>()(items);
});

compiled('epochs numbers batches, and training makes steps of them', ({ batches, training }) => {
  const run = epochs(2, () => batches);
  hasType<Pipeline<EpochBatch>>()(run);
  hasType<Promise<TrainingStep>>()(lastValueFrom(run.pipe(training, take(1))));
});

compiled('a pipeline is trained on without epochs, too', ({ batches, training }) => batches.pipe(training));

compiled(
  'any tokenizer tokenizes',
  ({ sentences }) =>
    (own: Tokenizer) =>
      pipeline(sentences, tokenize(own)),
);

compiled('appending EOS twice does not compile', ({ sequences, tokenizer }) => {
  // @ts-expect-error
  pipeline(sequences, appendEos(tokenizer));
});

compiled('grouping without EOS does not compile', ({ ids }) => {
  // @ts-expect-error
  pipeline(ids, bucketByLength({ maxTokens: 9 }));
});

compiled('limiting the length before EOS does not compile', ({ ids }) => {
  // @ts-expect-error
  pipeline(ids, limitLength({ maxLength: 9 }));
});

compiled('ids that no tokenizer made are neither sentence nor sequence', () => {
  // @ts-expect-error
  pipeline([Int32Array.of(7)], appendEos({ eosId: 1 }));
  // @ts-expect-error
  pipeline([Int32Array.of(7, 1)], bucketByLength({ maxTokens: 9 }));
});

compiled('padding before grouping does not compile', ({ sequences }) => {
  // @ts-expect-error
  pipeline(sequences, padBatch());
});

compiled('masking before padding does not compile', ({ groups }) => {
  // @ts-expect-error
  pipeline(groups, maskPadding());
});

compiled('grouping padded batches does not compile', ({ padded }) => {
  // @ts-expect-error
  pipeline(padded, bucketByLength({ maxTokens: 9 }));
});

compiled('tokenizing without a tokenizer does not compile', ({ sentences }) => {
  // @ts-expect-error
  pipeline(sentences, tokenize());
});

compiled('tokenizing twice does not compile', ({ ids, tokenizer }) => {
  // @ts-expect-error
  pipeline(ids, tokenize(tokenizer));
});

compiled('holding out anything but sentences does not compile', ({ ids }) => {
  // @ts-expect-error
  pipeline(ids, holdOut({ fraction: 0.1, keep: 'train' }));
});

compiled('training on batches without a mask does not compile', ({ padded, training }) => {
  // @ts-expect-error
  padded.pipe(training);
});

compiled('training on groups or sentences does not compile', ({ groups, sentences, training }) => {
  // @ts-expect-error
  groups.pipe(training);
  // @ts-expect-error
  sentences.pipe(training);
});

compiled('epochs of unmasked batches do not compile', ({ padded }) => {
  // @ts-expect-error
  epochs(2, () => padded);
});

compiled('epochs of an observable do not compile: nothing could slow it', ({ batches, training }) => {
  // @ts-expect-error
  epochs(2, () => batches.pipe(take(1)));
  // @ts-expect-error
  epochs(2, () => batches).pipe(training, maskPadding());
});

compiled('an observable, a promise, a path or a number is no source', () => {
  // @ts-expect-error
  pipeline(of(1));
  // @ts-expect-error
  pipeline(Promise.resolve([1]));
  // @ts-expect-error
  pipeline('speech.txt');
  // @ts-expect-error
  pipeline(7);
});

compiled('text is read from paths, streams and pipelines, not from observables or numbers', ({ sentences }) => {
  readText(['speech.txt', new URL('file:///speech.txt'), process.stdin, sentences]);
  // @ts-expect-error
  readText(of('speech'));
  // @ts-expect-error
  readText(sentences.pipe(take(1)));
  // @ts-expect-error
  readText([7]);
});

compiled('an operator that was not called does not compile', ({ padded }) => {
  // @ts-expect-error
  pipeline(padded, maskPadding);
});

compiled('pipe() gives an observable, which cannot be iterated', ({ batches }) => {
  // @ts-expect-error
  const iterable: AsyncIterable<Batch> = batches.pipe(take(1));
  return from(iterable);
});

compiled('options that are needed, misspelt or of another type do not compile', () => {
  // @ts-expect-error
  shuffle({ bufferSize: 9 });
  // @ts-expect-error
  bucketByLength({});
  // @ts-expect-error
  bucketByLength({ maxTokens: 9, poolBatch: 3 });
  // @ts-expect-error
  holdOut({ fraction: 0.1, keep: 'test' });
  // @ts-expect-error
  limitLength({ maxLength: '9' });
});

compiled('batches are read-only', async ({ batches }) => {
  for await (const batch of batches) {
    // @ts-expect-error
    batch.size = 2;
    hasType<Sequence[]>()([...sequencesOf(batch)]);
  }
});
