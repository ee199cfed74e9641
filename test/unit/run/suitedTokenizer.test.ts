import { readFileSync } from 'node:fs';
import test from 'ava';
import { makeTokenizer } from '../../../src/run/makeTokenizer.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';

const ENGLISH = readFileSync('corpus/state-of-the-union.txt', 'utf8').slice(0, 250_000);
const sentences = ENGLISH.split('\n').filter((line) => line !== '');
const unitsOf = (text: Iterable<string>): number => [...text].reduce((sum, { length }) => sum + length, 0);
const suited = (text: Iterable<string> & object, keepWhiteSpace = false) => makeTokenizer('auto', text, keepWhiteSpace);

test('a text has a piece for every 200 characters, and every character of it an id, however rare', async (t) => {
  const rare = 'A ʭ, once.';
  const text = [...sentences, rare];
  const tokenizer = await suited(text);
  t.true(tokenizer instanceof SentencePieceTokenizer);
  t.is(tokenizer.vocabularySize, Math.floor(unitsOf(text) / 200));
  t.is(tokenizer.decode(tokenizer.encode(rare)), rare);
});

test('of a text that goes on, pieces keep white space', async (t) => {
  const tokenizer = await suited([ENGLISH], true);
  t.is(tokenizer.vocabularySize, 1250);
  const text = '  We will,\n\nall of us.\n';
  t.is(tokenizer.decode(tokenizer.encode(text)), text);
});

test('a long text has 4,000 pieces and no more, one that goes on 2,000', async (t) => {
  const text = readFileSync('corpus/state-of-the-union.txt', 'utf8');
  t.is((await suited(text.split('\n'))).vocabularySize, 4000);
  t.is((await suited([text], true)).vocabularySize, 2000);
});

test('a text of few words has half as many, until there are so many, 1,000 at least', async (t) => {
  for (const [length, pieces] of [
    [40_000, 1700],
    [20_000, 1000],
  ] as const) {
    const part = ENGLISH.slice(0, length);
    const text = Array.from({ length: 680_000 / length }, () => part);
    t.is((await suited(text)).vocabularySize, pieces);
  }
});

const greek = Array.from({ length: 240 }, (_, at) => String.fromCodePoint(0x370 + at)).join('');
const lines = (line: string): string[] => Array.from({ length: Math.ceil(250_000 / line.length) }, () => line);
const UNSUITED: readonly (readonly [string, readonly string[]])[] = [
  ['is short', sentences.slice(0, Math.floor(sentences.length / 2))],
  ['has many different characters', [...sentences, greek]],
  ['has a word of more than a million characters', [...sentences, 'a'.repeat(2_000_000)]],
  ['has few different words', lines('The same words again and again.')],
];
for (const [which, text] of UNSUITED)
  test(`a text that ${which} has its characters`, async (t) => {
    const tokenizer = await suited([...text]);
    t.true(tokenizer instanceof CharacterTokenizer);
    t.is(tokenizer.vocabularySize, 3 + new Set(text.join('')).size);
  });
