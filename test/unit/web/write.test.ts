import test from 'ava';
import { random } from '../../../src/random.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { ReadText } from '../../../web/compute/ReadText.js';
import { Turns } from '../../../web/compute/Turns.js';
import type { Sampling } from '../../../web/compute/types.js';
import { isClose } from '../../support/closeness.js';
import { computerWith, problemOf } from '../../support/computing.js';
import { handMadeModel } from '../../support/handMadeModel.js';
import { markovFiles } from '../../support/markovModel.js';

const CHAIN = {
  EOS: { a: 0.5, b: 0.25, EOS: 0.25 },
  a: { a: 0.1, b: 0.6, c: 0.2, EOS: 0.1 },
  b: { b: 0.5, EOS: 0.5 },
  c: { c: 1 },
};
const [EOS, A, B, C] = [1, 3, 4, 5];

/** A GRU with random weights, whose states take 2 · 8 · 4 bytes. */
const randomGru = () =>
  handMadeModel({
    ...{ cell: 'gru', characters: 'abcdefgh', embeddingSize: 5, hiddenSize: 8, layers: 2 },
    weights: (name, at) => random(5, name).normal(at),
  });

const write = async (text: string) => {
  const computer = await computerWith(markovFiles(CHAIN));
  return computer.ask<'write'>({ kind: 'write', model: 'm', text });
};

test('surprise is −ln of the probability that the model gives each character, and the end', async (t) => {
  const { surprise, end, tokens, computed } = await write('abb');
  isClose(t, surprise, [-Math.log(0.5), -Math.log(0.6), -Math.log(0.5)], 1e-5);
  isClose(t, [end], [-Math.log(0.5)], 1e-5);
  t.deepEqual([[...tokens.ids], [...tokens.starts], tokens.text], [[A, B, B], [0, 1, 2, 3], 'abb']);
  t.is(computed, 4);
});

test('a text of none: nothing but its end', async (t) => {
  const { surprise, end, tokens } = await write('');
  t.deepEqual([[...surprise], [...tokens.starts]], [[], [0]]);
  isClose(t, [end], [-Math.log(0.25)], 1e-5);
});

test('a character that the model does not know has its place, also one of two UTF-16 units', async (t) => {
  const { tokens } = await write('a😀b');
  t.deepEqual(
    [[...tokens.ids], [...tokens.starts]],
    [
      [A, 2, B],
      [0, 1, 3, 4],
    ],
  );
});

test('what is typed at the end is one step; a change within is what is behind it; what is the same is none', async (t) => {
  const text = new ReadText(await randomGru());
  const ids = (of: string): Int32Array => Int32Array.from(new CharacterTokenizer('abcdefgh').encode(of));
  const steps: number[] = [];
  for (const written of ['abcdefgh', 'abcdefgha', 'abcdefgha', 'abcdXfgha', 'abcd', 'abcdef', 'b', ''])
    steps.push(await text.read(ids(written), new Turns()));
  // A change: what comes in its place is told by the step before it.
  t.deepEqual(steps, [9, 1, 0, 6, 1, 2, 2, 1]);
});

test('however a text came to be, its surprise is, bit for bit, that of the text read at once, also where few states are kept', async (t) => {
  const model = await randomGru();
  const turns = new Turns();
  for (const mostBytes of [2 ** 26, 5 * model.stateBytes, 1]) {
    const text = new ReadText(model, mostBytes);
    const { integer } = random(9, 'edits');
    let ids: number[] = [];
    for (let edit = 0; edit < 60; edit++) {
      const from = integer(3 * edit, ids.length + 1);
      const gone = integer(3 * edit + 1, 4);
      const made = Array.from({ length: integer(3 * edit + 2, 6) }, (_, at) => 3 + integer(1000 + 10 * edit + at, 8));
      ids = edit % 3 === 0 ? [...ids, ...made] : ids.toSpliced(from, gone, ...made);
      await text.read(Int32Array.from(ids), turns);
      const fresh = new ReadText(model);
      await fresh.read(Int32Array.from(ids), turns);
      t.deepEqual(text.surprise, fresh.surprise);
      t.deepEqual(text.next, fresh.next);
      const place = integer(5000 + edit, ids.length + 1);
      const short = new ReadText(model);
      await short.read(Int32Array.from(ids.slice(0, place)), turns);
      t.deepEqual(await text.nextAt(place, turns), short.next);
    }
  }
});

test('a text whose reading was ended is read on from there', async (t) => {
  const model = await randomGru();
  const text = new ReadText(model);
  const ids = Int32Array.from({ length: 50 }, (_, at) => 3 + (at % 8));
  let left = 20;
  const ended = Object.assign(new Turns(), {
    take: async () => {
      if (--left === 0) throw new Error('ended');
    },
  });
  await t.throwsAsync(text.read(ids, ended), { message: 'ended' });
  t.is(text.surprise.length, 19);
  t.is(await text.read(ids, new Turns()), 31);
  const fresh = new ReadText(model);
  await fresh.read(ids, new Turns());
  t.deepEqual(text.surprise, fresh.surprise);
});

// ── Alternatives ──

const alternatives = async (text: string, at: number, sampling: Sampling = {}, count?: number) => {
  const computer = await computerWith(markovFiles(CHAIN));
  return computer.ask<'alternatives'>({ kind: 'alternatives', model: 'm', text, at, sampling, count });
};

test('alternatives are the likeliest first, and what stands there has its rank, also where it is not among them', async (t) => {
  const { alternatives: likeliest, standing, drawable } = await alternatives('aab', 1, {}, 2);
  t.deepEqual(
    likeliest.map(({ id, text, rank, isEnd }) => [id, text, rank, isEnd]),
    [
      [B, 'b', 1, false],
      [C, 'c', 2, false],
    ],
  );
  isClose(
    t,
    likeliest.flatMap(({ probability, drawn }) => [probability, drawn]),
    [0.6, 0.6, 0.2, 0.2],
    1e-5,
  );
  // Of EOS and a, of 0.1 each, EOS has the lower id.
  t.deepEqual([standing?.id, standing?.rank, standing?.text], [A, 4, 'a']);
  t.is(drawable, 4);
});

test('behind the text stands nothing, and the end is an alternative', async (t) => {
  const { alternatives: likeliest, standing } = await alternatives('b', 1, {}, 2);
  t.is(standing, undefined);
  t.deepEqual(
    likeliest.map(({ id, isEnd, text }) => [id, isEnd, text]),
    [
      [EOS, true, ''],
      [B, false, 'b'],
    ],
  );
});

test('with a temperature, what is drawn is p to the power of 1/T, and what the model gives is not', async (t) => {
  const { alternatives: likeliest } = await alternatives('', 0, { temperature: 0.5 }, 3);
  const squares = [0.5 ** 2, 0.25 ** 2, 0.25 ** 2];
  const sum = squares.reduce((a, b) => a + b);
  isClose(
    t,
    likeliest.map(({ drawn }) => drawn),
    squares.map((square) => square / sum),
    1e-5,
  );
  isClose(
    t,
    likeliest.map(({ probability }) => probability),
    [0.5, 0.25, 0.25],
    1e-5,
  );
});

for (const [sampling, expected] of [
  [{ topK: 2 }, [undefined, undefined, 'topK', 'topK']],
  // 0.6 and 0.2 make 0.8.
  [{ topP: 0.75 }, [undefined, undefined, 'topP', 'topP']],
  [{ minP: 0.3 }, [undefined, undefined, 'minP', 'minP']],
  [{ topK: 3, topP: 0.5 }, [undefined, 'topP', 'topP', 'topK']],
  [{ topK: 3, minP: 0.3 }, [undefined, undefined, 'minP', 'topK']],
] as const)
  test(`${JSON.stringify(sampling)} excludes by name, and what is left adds up to one`, async (t) => {
    const { alternatives: likeliest, drawable } = await alternatives('a', 1, sampling, 4);
    t.deepEqual(
      likeliest.map(({ excludedBy }) => excludedBy),
      expected,
    );
    const left = [0.6, 0.2, 0.1, 0.1].map((probability, at) => (expected[at] ? 0 : probability));
    const sum = left.reduce((a, b) => a + b);
    isClose(
      t,
      likeliest.map(({ drawn }) => drawn),
      left.map((probability) => probability / sum),
      1e-5,
    );
    t.is(drawable, expected.filter((why) => why === undefined).length);
  });

test('pad and unknown are never drawn', async (t) => {
  const { alternatives: all } = await alternatives('c', 1, {}, 6);
  t.deepEqual(
    all.filter(({ id }) => id === 0 || id === 2).map(({ excludedBy, drawn }) => [excludedBy, drawn]),
    [
      ['never', 0],
      ['never', 0],
    ],
  );
});

test('a place that the text has not, and a number that is none, are problems of what was set', async (t) => {
  for (const at of [-1, 3, 0.5]) t.is((await problemOf(alternatives('ab', at))).kind, 'input');
  const { kind, message } = await problemOf(alternatives('ab', 1, { topP: 2 }));
  t.is(kind, 'input');
  t.regex(message, /^Expected topP to be /);
});
