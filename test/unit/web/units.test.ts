import test from 'ava';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { cutPassages } from '../../../web/compute/cutPassages.js';
import { GateReader } from '../../../web/compute/GateReader.js';
import { Turns } from '../../../web/compute/Turns.js';
import type { PassagesRequest, PassagesResult, RankUnitsRequest } from '../../../web/compute/types.js';
import { isClose } from '../../support/closeness.js';
import { computerWith, problemOf } from '../../support/computing.js';
import { handMadeFiles, handMadeModel } from '../../support/handMadeModel.js';
import { markovFiles } from '../../support/markovModel.js';

/** Unit k is 1 where token k was read, else 0. */
const CHAIN = { EOS: { a: 1 }, a: { b: 1 }, b: { c: 1 }, c: { EOS: 1 }, '\n': { a: 1 } };
const [EOS, NEWLINE, A, B, C] = [1, 3, 4, 5, 6];
const HIDDEN = { layer: 0, gate: 'hidden' } as const;

test('a heat map has, for each token, what the units are once it was read', async (t) => {
  const computer = await computerWith(markovFiles(CHAIN));
  const { width, values, start, low, high, tokens, threshold } = await computer.ask<'heatMap'>({
    ...{ kind: 'heatMap', model: 'm', text: 'acb', ...HIDDEN },
  });
  t.is(width, 7);
  const rows = [A, C, B].flatMap((token) => Array.from({ length: 7 }, (_, unit) => Number(unit === token)));
  t.deepEqual([...values], rows);
  t.deepEqual(
    [...start],
    Array.from({ length: 7 }, (_, unit) => Number(unit === EOS)),
  );
  t.deepEqual([low, high, threshold], [0, 1, 0]);
  t.deepEqual([...tokens.ids], [A, C, B]);
});

test('units of an RNN are tanh(x + h), by hand', async (t) => {
  const files = handMadeFiles({
    ...{ cell: 'rnn', characters: 'ab', embeddingSize: 1, hiddenSize: 1 },
    weights: {
      embedding: [0, 0.1, 0, 0.5, -0.7],
      'layers.0.inputWeights': [1],
      'layers.0.recurrentWeights': [0.9],
    },
  });
  const computer = await computerWith(files);
  const { values, start } = await computer.ask<'heatMap'>({ kind: 'heatMap', model: 'm', text: 'ab', ...HIDDEN });
  const first = Math.tanh(0.1);
  const second = Math.tanh(0.5 + 0.9 * first);
  isClose(t, [...start, ...values], [first, second, Math.tanh(-0.7 + 0.9 * second)], 1e-6);
});

const rank = async (
  request: Pick<RankUnitsRequest, 'text' | 'from' | 'to' | 'threshold'> & Partial<RankUnitsRequest>,
) => {
  const computer = await computerWith(markovFiles(CHAIN));
  return computer.ask<'rankUnits'>({ kind: 'rankUnits', model: 'm', ...HIDDEN, ...request });
};

test('units that are on throughout a passage: those first that are seldom on elsewhere', async (t) => {
  const { units, elsewhere, mean } = await rank({ text: 'abba', from: 1, to: 3, threshold: 0.5 });
  t.deepEqual([[...units], [...elsewhere], [...mean]], [[B], [0], [1]]);
  const again = await rank({ text: 'abbab', from: 1, to: 3, threshold: 0.5 });
  isClose(t, [...again.elsewhere], [1 / 3], 1e-6);
  const none = await rank({ text: 'abba', from: 0, to: 3, threshold: 0.5 });
  t.is(none.units.length, 0);
});

test('units that are on below the threshold: of a passage of b, all that neither a nor b turns on, and a’s, before them', async (t) => {
  const { units, elsewhere } = await rank({ text: 'aabb', from: 2, to: 4, threshold: 0.5, side: 'below' });
  t.deepEqual([...units], [A, 0, EOS, 2, NEWLINE, C]);
  t.deepEqual([...elsewhere], [0, 1, 1, 1, 1, 1]);
});

test('a passage that is none, and a gate that there is not, are problems of what was set', async (t) => {
  for (const [from, to] of [
    [1, 1],
    [2, 1],
    [0, 4],
    [-1, 2],
  ] as const)
    t.is((await problemOf(rank({ text: 'abc', from, to, threshold: 0 }))).kind, 'input');
  const { kind, message } = await problemOf(rank({ text: 'abc', from: 0, to: 1, threshold: 0, gate: 'toString' }));
  t.is(kind, 'input');
  t.is(message, 'Expected a gate of layer 0, one of hidden, got toString');
});

test('a text with more tokens than there is room for what happens in all units is too large', async (t) => {
  const model = await handMadeModel({
    ...{ cell: 'rnn', characters: 'a', embeddingSize: 1, hiddenSize: 2 },
    weights: {},
  });
  // Two numbers of four bytes for each token, and for the start.
  const reader = new GateReader(model, '', 80);
  t.is((await reader.over('a'.repeat(9), HIDDEN)).tokens.ids.length, 9);
  const { kind, message } = await problemOf(reader.over('a'.repeat(10), HIDDEN));
  t.is(kind, 'size');
  t.regex(message, /^Expected a text of at most 9 tokens .*, got 10$/);
});

// ── Passages ──

const find = async (
  passages: string,
  request: Pick<PassagesRequest, 'units'> & Partial<PassagesRequest>,
  onPart?: (part: PassagesResult) => void,
) => {
  const computer = await computerWith(markovFiles(CHAIN), passages);
  return computer.ask<'passages'>(
    { kind: 'passages', model: 'm', ...HIDDEN, threshold: 0.5, ...request },
    onPart && { onPart },
  );
};

const marked = ({ passages }: PassagesResult): string[] =>
  passages.map(({ text, from, to }) => `${text.slice(0, from)}[${text.slice(from, to)}]${text.slice(to)}`);

test('passages are where a unit is on again, the longest first, then the earlier', async (t) => {
  const result = await find('abba\nabbba\nb\n', { units: [B] });
  t.deepEqual(marked(result), ['abba\na[bbb]a\nb\n', 'a[bb]a\nabbba\nb\n', 'abba\nabbba\n[b]\n']);
  t.deepEqual(
    result.passages.map(({ length }) => length),
    [3, 2, 1],
  );
  t.deepEqual([result.found, result.read, result.total], [3, 13, 13]);
});

test('passages of so many tokens at least, and no more of them than are wanted, but all are counted', async (t) => {
  const text = 'ab\nabb\nabb\nabbbb\n';
  const result = await find(text, { units: [B], length: 2, count: 2 });
  t.deepEqual(
    result.passages.map(({ offset, from, length }) => [offset + from, length]),
    [
      [12, 4],
      [4, 2],
    ],
  );
  t.is(result.found, 3);
});

test('units are on together, or there is none', async (t) => {
  t.is((await find('abc\n', { units: [A, B] })).found, 0);
  t.is((await find('abc\n', { units: [A, B], side: 'below' })).found, 1);
});

test('without held-out text, nothing is found in nothing', async (t) => {
  t.deepEqual(await find('', { units: [A] }), { passages: [], found: 0, read: 0, total: 0 });
});

test('a long held-out text is told of part by part, the same rule is known the second time, and the end of it all is the same', async (t) => {
  const text = 'abcab\nbbac\n'.repeat(3000);
  const computer = await computerWith(markovFiles(CHAIN), text);
  const request = { kind: 'passages', model: 'm', ...HIDDEN, threshold: 0.5, units: [B] } as const;
  const read: number[] = [];
  const first = await computer.ask<'passages'>(request, { onPart: (part) => read.push(part.read) });
  t.deepEqual(
    read,
    read.toSorted((a, b) => a - b),
  );
  t.true(read.every((at) => at > 0 && at < text.length));
  t.deepEqual([first.found, first.read], [9000, text.length]);
  t.deepEqual(await computer.ask<'passages'>(request), first);
});

test('a search that is ended rejects as aborted, and another goes on where it was', async (t) => {
  const text = 'abcab\nbbac\n'.repeat(2000);
  const computer = await computerWith(markovFiles(CHAIN), text);
  const request = { kind: 'passages', model: 'm', ...HIDDEN, threshold: 0.5, units: [B] } as const;
  const controller = new AbortController();
  const asked = computer.ask<'passages'>(request, { signal: controller.signal });
  setTimeout(() => controller.abort(), 1);
  t.is((await problemOf(asked)).kind, 'aborted');
  t.is((await computer.ask<'passages'>(request)).found, 6000);
});

test('a unit that there is not is a problem of what was set', async (t) => {
  for (const units of [[], [7], [-1], [0.5]]) t.is((await problemOf(find('abc\n', { units }))).kind, 'input');
});

test('held-out text is cut where lines end: one by one for who knows no line ends', (t) => {
  const text = 'ab\r\ncd\n\nef';
  const of = (characters: string) => cutPassages(text, new CharacterTokenizer(characters));
  t.deepEqual(of('abcdef'), [
    { text: 'ab', offset: 0 },
    { text: 'cd', offset: 4 },
    { text: 'ef', offset: 8 },
  ]);
  t.deepEqual(of('abcdef\n'), [{ text, offset: 0 }]);
});

test('a line that is too long is cut behind a word, and never within a character', (t) => {
  for (const characters of ['ab ', 'ab \n'])
    for (const line of ['ab '.repeat(900), '😀'.repeat(1000), `a${'😀'.repeat(1000)}`]) {
      const parts = cutPassages(line, new CharacterTokenizer(characters));
      t.is(parts.map(({ text }) => text).join(''), line);
      t.true(parts.length > 1 && parts.every(({ text }) => text.length <= 601 && !/^[\udc00-\udfff]/.test(text)));
    }
});

test('a worker has its turn while gates are read: a timer does', async (t) => {
  const model = await handMadeModel({
    ...{ cell: 'gru', characters: 'ab\n', embeddingSize: 64, hiddenSize: 128 },
    weights: {},
  });
  const reader = new GateReader(model, 'ab ba\n'.repeat(500));
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const turns = new Turns();
  for (const at of reader.stretches.keys()) await reader.onIn(at, HIDDEN, { threshold: 0 }, turns);
  clearInterval(timer);
  t.true(ticks > 0);
});
