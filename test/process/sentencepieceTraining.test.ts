import test from 'ava';
import { InvalidArgumentError, SourceError } from '../../src/errors.js';
import { SentencePieceTokenizer } from '../../src/text/SentencePieceTokenizer.js';
import type { SentencePieceOptions, SentencePieceProgress } from '../../src/text/sentencepiece/training/options.js';
import { sweep } from '../support/sweeps.js';
import { sentences } from '../support/trainingText.js';

const MODELS = ['unigram', 'bpe'] as const;
const few = sentences.slice(0, 2000);
const { train } = SentencePieceTokenizer;

const BAD_OPTIONS: Readonly<Record<string, [options: object, message: RegExp]>> = {
  'no vocabularySize': [{}, /^Expected vocabularySize to be an integer .*, got undefined$/],
  'a vocabularySize of 3': [
    { vocabularySize: 3 },
    /^Expected vocabularySize to be an integer of at least 4 .*, got 3 /,
  ],
  'half a piece': [{ vocabularySize: 300.5 }, /^Expected vocabularySize .*, got 300\.5 /],
  'a vocabulary smaller than the alphabet': [
    { vocabularySize: 20 },
    /^Expected vocabularySize to be at least \d\d, which the \d\d characters of the text and 3 special pieces need, got 20\. /,
  ],
  'a vocabulary smaller than the alphabet and the bytes': [
    { vocabularySize: 300, byteFallback: true },
    /^Expected vocabularySize to be at least 3\d\d, which the \d\d characters of the text and 259 special pieces need, got 300\. /,
  ],
  'a vocabulary larger than the text': [
    { vocabularySize: 900_000 },
    /^Expected vocabularySize to be at most \d{4}, for which the text has pieces that occur twice, got 900000$/,
  ],
  'an unknown model': [
    { vocabularySize: 300, model: 'words' },
    /^Expected model to be one of unigram, bpe, got "words"/,
  ],
  'a coverage of 2': [{ vocabularySize: 300, characterCoverage: 2 }, /^Expected characterCoverage .*, got 2 /],
  'bytes that are not yes or no': [
    { vocabularySize: 300, byteFallback: 1 },
    /^Expected byteFallback to be true or false, got 1 /,
  ],
  'pieces of no length': [{ vocabularySize: 300, maxPieceLength: 0 }, /^Expected maxPieceLength .*, got 0 /],
  'no iterations': [{ vocabularySize: 300, iterations: 0 }, /^Expected iterations .*, got 0 /],
  'a pruning that drops all': [{ vocabularySize: 300, shrinkingFactor: 0 }, /^Expected shrinkingFactor .*, got 0 /],
};

for (const [name, [options, message]] of Object.entries(BAD_OPTIONS))
  test(`${name}: InvalidArgumentError`, async (t) => {
    await t.throwsAsync(train(few, options as SentencePieceOptions), { instanceOf: InvalidArgumentError, message });
  });

for (const [name, text] of Object.entries({ none: [], empty: ['', ''], 'only spaces': ['  ', ' '], 'only ▁': ['▁'] }))
  test(`sentences to learn from that are ${name}: SourceError`, async (t) => {
    await t.throwsAsync(train(text, { vocabularySize: 300 }), {
      instanceOf: SourceError,
      message: /^Expected sentences to learn from, got (none|\d without a word)$/,
    });
  });

test('one string, and sentences that are no strings, are InvalidArgumentErrors', async (t) => {
  for (const text of ['We will.', [few[0], 5]])
    await t.throwsAsync(train(text as string[], { vocabularySize: 300 }), { instanceOf: InvalidArgumentError });
});

test('an error of the source rejects the training, and the source is closed when the training fails', async (t) => {
  async function* failing() {
    yield 'We will.';
    throw new RangeError('torn');
  }
  await t.throwsAsync(train(failing(), { vocabularySize: 300 }), { instanceOf: RangeError, message: 'torn' });
  let closed = false;
  function* endless(): Generator<string> {
    try {
      for (;;) yield 5 as unknown as string;
    } finally {
      closed = true;
    }
  }
  await t.throwsAsync(train(endless(), { vocabularySize: 300 }), { instanceOf: InvalidArgumentError });
  t.true(closed);
});

for (const phase of ['reading', 'learning'] as const)
  for (const model of MODELS)
    test(`${model}: aborted while ${phase}, a training rejects with the reason`, async (t) => {
      const controller = new AbortController();
      const onProgress = (progress: SentencePieceProgress): void => {
        if (progress.phase === phase) controller.abort(new Error('enough'));
      };
      const options = { vocabularySize: 300, model, onProgress, signal: controller.signal };
      await t.throwsAsync(train(few, options), { message: 'enough' });
    });

test('a training whose signal was aborted before reads one sentence at most', async (t) => {
  let read = 0;
  function* source() {
    for (const sentence of few) {
      read++;
      yield sentence;
    }
  }
  await t.throwsAsync(train(source(), { vocabularySize: 300, signal: AbortSignal.abort(new Error('no')) }), {
    message: 'no',
  });
  t.true(read <= 1);
});

for (const model of MODELS)
  test(`${model}: progress rises, and ends when all is learned`, async (t) => {
    const seen: SentencePieceProgress[] = [];
    await train(few, { vocabularySize: 500, model, onProgress: (progress) => seen.push(progress) });
    const learning = seen.filter(({ phase }) => phase === 'learning');
    t.is(
      seen.findIndex(({ phase }) => phase === 'learning'),
      few.length,
    );
    t.true(seen.slice(0, few.length).every(({ sentences, share }, index) => sentences === index + 1 && share === 0));
    t.true(learning.every(({ share }, index) => share > 0 && share >= (learning[index - 1]?.share ?? 0)));
    t.is(learning.at(-1)?.share, 1);
    t.true((learning.at(-1)?.pieces ?? 0) >= 500);
  });

for (const model of sweep(MODELS, (name) => name === 'unigram'))
  test(`${model}: the event loop turns while a training goes on`, async (t) => {
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await train(sentences, { vocabularySize: 1000, model });
    clearInterval(timer);
    t.true(turns >= 10, `${turns}`);
  });
