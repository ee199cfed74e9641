import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import type { DecodingOptions } from '../../../src/decoding/DecodingOptions.js';
import { generateMany } from '../../../src/decoding/generateMany.js';
import { greedy } from '../../../src/decoding/greedy.js';
import { nBest } from '../../../src/decoding/nBest.js';
import { sample } from '../../../src/decoding/sample.js';
import { score } from '../../../src/decoding/score.js';
import { stochasticBeamSearch } from '../../../src/decoding/stochasticBeamSearch.js';
import type { Token } from '../../../src/decoding/Token.js';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
import type { Tokenizer } from '../../../src/text/Tokenizer.js';
import { byteTokenizer } from '../../support/byteTokenizer.js';
import fc from '../../support/fastCheck.js';
import { fixtureAt } from '../../support/places.js';
import { sweepOf } from '../../support/sweeps.js';
import { TablePredictor } from '../../support/tablePredictor.js';

const pieces = await SentencePieceTokenizer.load(fixtureAt('sentencepiece/ours-bytes.model'));
/** The ids of bytes, among them beginnings of characters, ends of them, and bytes that no character has. */
const byteIds = [0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xff].map((byte) => byte + 3);
const tokenizers: ReadonlyArray<readonly [name: string, tokenizer: Tokenizer, ids: readonly number[]]> = [
  ['SentencePiece with byte fallback', pieces, [...byteIds, ...pieces.encode('the new')]],
  ['a detokenizer that does not say what is pending', byteTokenizer, [...byteTokenizer.encode('a é€😀'), 258]],
];

/** A predictor that leaves no choice: these ids, then EOS. */
function reciting(tokenizer: Tokenizer, ids: readonly number[]): TablePredictor {
  return new TablePredictor(tokenizer, (prefix) => {
    const row = new Float64Array(tokenizer.vocabularySize);
    row[ids[prefix.length - 1] ?? tokenizer.eosId] = 1;
    return row;
  });
}

const joined = async (tokens: AsyncIterable<Token>): Promise<[ids: number[], text: string]> => {
  const all = await toArray(tokens);
  return [all.map(({ id }) => id), all.map(({ text }) => text).join('')];
};

async function onlyPrompt(predictor: TablePredictor, options: DecodingOptions): Promise<Token[]> {
  const all = await toArray(generateMany(predictor, [''], (shared) => greedy(shared, options)));
  return all.map(({ token }) => token);
}

async function* streamed(tokens: Promise<Token[]>): AsyncGenerator<Token> {
  yield* await tokens;
}

type Decode = (
  predictor: TablePredictor,
  options: DecodingOptions,
) => Promise<readonly [ids: readonly number[], text: string]>;

const decodings: ReadonlyArray<readonly [name: string, decode: Decode]> = [
  ['greedy', (predictor, options) => joined(greedy(predictor, options))],
  ['sample', (predictor, options) => joined(sample(predictor, options))],
  ['beamSearch', (predictor, options) => joined(beamSearch(predictor, { ...options, beams: 3 }))],
  ['generateMany', (predictor, options) => joined(streamed(onlyPrompt(predictor, options)))],
  ...([nBest, stochasticBeamSearch] as const).map((decoder): [string, Decode] => [
    decoder.name,
    async (predictor, options) => {
      const [sentence] = await toArray<{ ids: readonly number[]; text: string }>(decoder(predictor, options));
      return [sentence?.ids ?? [], sentence?.text ?? '?'];
    },
  ]),
];

for (const [name, tokenizer, ids] of tokenizers)
  for (const [decoder, decode] of decodings)
    test(`${decoder}: the text is what decode makes of the ids, wherever it is cut: ${name}`, async (t) => {
      const texts = fc.array(fc.constantFrom(...ids), { maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(texts, fc.integer({ min: 1, max: 14 }), async (recited, maxLength) => {
          const expected = recited.slice(0, maxLength);
          const result = await decode(reciting(tokenizer, recited), { maxLength });
          t.deepEqual(result, [expected, tokenizer.decode(expected)]);
        }),
        { numRuns: sweepOf(60, 15) },
      );
    });

test('a token is kept back only while a character lacks parts, and one token at most', async (t) => {
  const [a = 0, , , e2 = 0, x82 = 0, ac = 0] = byteIds;
  const predictor = reciting(pieces, [a, e2, x82, ac, a]);
  const calls: number[] = [];
  for await (const _ of greedy(predictor)) calls.push(predictor.calls.length);
  t.deepEqual(calls, [1, 3, 4, 4, 5]);
});

test('ids and log-probabilities are the same, kept back or not', async (t) => {
  const [, c3 = 0, , e2 = 0] = byteIds;
  const tokens = await toArray(greedy(reciting(pieces, [c3, e2])));
  t.deepEqual(tokens, [
    { id: c3, text: '', logProbability: 0 },
    { id: e2, text: '\ufffd\ufffd', logProbability: 0 },
  ]);
});

test('a stop string is not found in a character that lacks parts', async (t) => {
  const ids = [...byteTokenizer.encode('€!')];
  for (const [, decode] of decodings) {
    const [, text] = await decode(reciting(byteTokenizer, ids), { stop: ['\ufffd', '!'] });
    t.is(text, '€!');
  }
});

test("score: the texts join to the sentence's, though its last character is half a pair", async (t) => {
  const { tokens } = await score(reciting(byteTokenizer, []), 'é\ud83d');
  t.is(tokens.map(({ text }) => text).join(''), 'é\ufffd');
});
