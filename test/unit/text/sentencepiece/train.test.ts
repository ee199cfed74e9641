import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { SentencePieceTokenizer } from '../../../../src/text/SentencePieceTokenizer.js';
import { decodeModel } from '../../../../src/text/sentencepiece/modelProto.js';
import fc from '../../../support/fastCheck.js';
import { sweep, sweepOf } from '../../../support/sweeps.js';
import { fixture, OURS, sentences } from '../../../support/trainingText.js';

const MODELS = ['unigram', 'bpe'] as const;
const few = sentences.slice(0, 600);
const { train } = SentencePieceTokenizer;

/** A megabyte to learn from; every fifth sentence is held out. */
const megabyte = sentences.filter((_, index) => index % 5 !== 4).slice(0, 8400);
const heldOut = sentences.filter((_, index) => index % 5 === 4);

const tokensPerSentence = (tokenizer: SentencePieceTokenizer): number =>
  heldOut.reduce((sum, sentence) => sum + tokenizer.encode(sentence).length, 0) / heldOut.length;

const pieces = (tokenizer: SentencePieceTokenizer): string[] =>
  Array.from({ length: tokenizer.vocabularySize }, (_, id) => tokenizer.piece(id));

for (const [name, options] of sweep(Object.entries(OURS), ([name]) => name === 'ours-unigram'))
  test(`${name}: the same sentences and options give the same model, byte for byte, on any machine`, async (t) => {
    const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    const fixed = await SentencePieceTokenizer.load(fixture(`${name}.model`));
    t.is(hash((await train(sentences, options)).bytes), hash(fixed.bytes));
  });

test('an array, a generator and a stream of the same sentences give the same model', async (t) => {
  async function* stream() {
    for (const sentence of few) {
      if (sentence.endsWith('?')) await setTimeout(0);
      yield sentence;
    }
  }
  const options = { vocabularySize: 300 };
  const [array, generator, streamed] = await Promise.all([
    train(few, options),
    train(few.values(), options),
    train(stream(), options),
  ]);
  t.deepEqual(generator.bytes, array.bytes);
  t.deepEqual(streamed.bytes, array.bytes);
});

// Google's trainer 0.2.3 needs 36.26 (unigram) and 36.38 tokens (BPE) on the same sentences, with identity as normalizer.
const HELD_OUT = [
  ['unigram', 35.6],
  ['bpe', 36.4],
] as const;
for (const [model, most] of sweep(HELD_OUT, () => false))
  test(`${model}: a sentence that was held out needs ${most} of 1,000 pieces or fewer`, async (t) => {
    const found = tokensPerSentence(await train(megabyte, { vocabularySize: 1000, model }));
    t.true(found <= most, `${found}`);
    t.true(found > most - 1, `${found}`);
  });

for (const model of MODELS) {
  test(`${model}: pieces have ▁ at most in front, are of one script, and as long as they may be`, async (t) => {
    const text = few.map(
      (sentence, index) => `${sentence.replaceAll(' ', index % 2 ? '' : ' ')} слово${index % 7}слово 東京タワー`,
    );
    const learned = pieces(
      await train(text, { vocabularySize: 400, model, maxPieceLength: 5, characterCoverage: 1 }),
    ).slice(3);
    for (const piece of learned) {
      t.regex(piece, /^▁?(\p{Script=Latin}*|\p{Script=Cyrillic}*|[東京タワー]*|[^\p{L}▁]*)$/u);
      t.true([...piece].length <= 5);
    }
    t.true(learned.includes('слово'.slice(0, 4)) || learned.includes('слово'));
    t.is(new Set(learned).size, learned.length);
  });

  test(`${model}: all characters are pieces at a coverage of 1, and the rarest are not below`, async (t) => {
    const text = [...few, 'A naïve café.'];
    const all = pieces(await train(text, { vocabularySize: 300, model, characterCoverage: 1 }));
    for (const character of new Set(text.join('').replaceAll(' ', '▁'))) t.true(all.includes(character), character);
    const most = pieces(await train(text, { vocabularySize: 300, model, characterCoverage: 0.99 }));
    t.false(most.includes('ï'));
    t.true(most.includes('e'));
  });

  test(`${model}: a text that is full of the names of special pieces gives a model`, async (t) => {
    const text = Array(50).fill('<unk><pad> </s>x<0x41> <unk>');
    const tokenizer = await train(text, { vocabularySize: 5, model, characterCoverage: 1 });
    t.deepEqual(pieces(tokenizer).sort(), ['</s>', '<pad>', '<unk>', 'x', '▁']);
  });

  test(`${model}: null characters, lone surrogates and ▁ in the text do no harm`, async (t) => {
    const text = Array(20).fill('a\0b ▁ab\ud83d c▁▁d \udc4dé 👍 e\u0301 ab▁');
    const tokenizer = await train(text, { vocabularySize: 12, model, characterCoverage: 1 });
    t.is(tokenizer.decode(tokenizer.encode('ab▁c 👍é')), 'ab c 👍é');
    t.false(pieces(tokenizer).some((piece) => /[\0\p{Cs}]/u.test(piece)));
  });

  test(`${model}: whatever the text, the largest vocabulary that the error names can be learned, and encodes the text`, async (t) => {
    const word = fc.string({
      unit: fc.constantFrom('a', 'b', 'é', '1', '.', '日', 'n', '👍'),
      minLength: 1,
      maxLength: 6,
    });
    const text = fc.array(fc.array(word, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(text, async (words) => {
        const lines = words.map((line) => line.join(' '));
        const options = { model, characterCoverage: 1 };
        const error: unknown = await train(lines, { ...options, vocabularySize: 5000 }).catch((reason) => reason);
        const [, most] = /at most (\d+)/.exec(String(error)) ?? [];
        const tokenizer = await train(lines, { ...options, vocabularySize: Number(most) });
        return lines.every((line) => tokenizer.decode(tokenizer.encode(line)) === line);
      }),
      { numRuns: sweepOf(20, 5) },
    );
    t.pass();
  });
}

test('scores of unigram pieces are multiples of 1/1024, so that sums are exact', async (t) => {
  const { bytes } = await train(few, { vocabularySize: 500 });
  for (const { score } of decodeModel(bytes, 'the model').pieces) t.is(score * 1024, Math.round(score * 1024));
});
