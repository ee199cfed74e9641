import test from 'ava';
import { random } from '../../../src/random.js';
import { isClose } from '../../support/closeness.js';
import { computerWith, given, problemOf } from '../../support/computing.js';
import { type HandMade, handMadeFiles, handMadeModel } from '../../support/handMadeModel.js';

/** An RNN of one unit: h = tanh(x + u·h). */
const rnn = (u: number): HandMade => ({
  ...{ cell: 'rnn', characters: 'ab', embeddingSize: 1, hiddenSize: 1 },
  weights: {
    embedding: [0, 0.1, 0, 0.5, -0.7],
    'layers.0.inputWeights': [1],
    'layers.0.recurrentWeights': [u],
    projection: [0, 0, 0, 3, -2],
  },
});

/** Shares by hand: each step back multiplies what reaches it by u·(1 − h²), and an input's by 1 − h². */
function sharesByHand(u: number, inputs: readonly number[]): number[] {
  const slopes: number[] = [];
  let h = 0;
  for (const x of inputs) {
    h = Math.tanh(x + u * h);
    slopes.push(1 - h * h);
  }
  let back = 1;
  const norms = slopes.toReversed().map((slope) => {
    const norm = back * slope;
    back *= Math.abs(u) * slope;
    return norm;
  });
  const sum = norms.reduce((a, b) => a + b);
  return norms.toReversed().map((norm) => norm / sum);
}

test('shares of a row are those of the gradient by hand, whatever the projection is, and add up to one', async (t) => {
  const computer = await computerWith(handMadeFiles(rnn(0.8)));
  const { rows } = await computer.ask<'memory'>({ kind: 'memory', models: ['m'], text: 'abba', offset: 3 });
  const [row] = rows;
  t.deepEqual([row?.at, row?.cell, row?.shares.length, row?.norms.length], [3, 'rnn', 3, 3]);
  const expected = sharesByHand(0.8, [0.1, 0.5, -0.7, -0.7]);
  isClose(t, [row?.startShare ?? 0, ...(row?.shares ?? [])], expected, 1e-5);
  const sum = [row?.startShare ?? 0, ...(row?.shares ?? [])].reduce((a, b) => a + b);
  t.true(Math.abs(sum - 1) < 1e-12);
});

test('norms are what the model says, the start’s apart', async (t) => {
  const made: HandMade = {
    ...{ cell: 'gru', characters: 'abc', embeddingSize: 3, hiddenSize: 5 },
    weights: (name, at) => random(2, name).normal(at),
  };
  const computer = await computerWith(handMadeFiles(made));
  const { rows } = await computer.ask<'memory'>({ kind: 'memory', models: ['m'], text: 'abcab', offset: 4 });
  const [start, ...others] = await (await handMadeModel(made)).connectivity('abcab', 4);
  t.deepEqual([rows[0]?.startNorm, [...(rows[0]?.norms ?? [])]], [start, others]);
});

test('rows of several models on one text: one that forgets at once needs the last, one that keeps needs more, and the words say so', async (t) => {
  const computer = await computerWith(handMadeFiles(rnn(0)));
  await computer.ask<'open'>({ kind: 'open', model: 'keeps', source: given(handMadeFiles(rnn(0.6))), passages: '' });
  const parts: string[] = [];
  const { rows, whatItShows, howToRead } = await computer.ask<'memory'>(
    { kind: 'memory', models: ['keeps', 'm'], text: 'abababab', offset: 7 },
    { onPart: ({ model }) => parts.push(model) },
  );
  t.deepEqual(parts, ['keeps', 'm']);
  const [keeps, forgets] = rows;
  t.deepEqual([forgets?.half, forgets?.most, [...(forgets?.shares ?? [])].at(-1)], [1, 1, 1]);
  const expected = sharesByHand(0.6, [0.1, 0.5, -0.7, 0.5, -0.7, 0.5, -0.7, 0.5]);
  const sums = expected.map((_, at) => expected.slice(at).reduce((a, b) => a + b));
  // The last that have nine tenths: as many as there are behind the first sum that is less.
  t.is(keeps?.most, sums.filter((sum) => sum < 0.9).length + 1);
  t.is(
    whatItShows,
    `Nine tenths of what matters here are within the last character for the RNN and the last ${keeps?.most} characters for the RNN.`,
  );
  t.regex(howToRead, /^The darker an earlier character, .* as a share of the whole row/);
});

test('the first character has nothing before it but the start, and behind the text is its end', async (t) => {
  const computer = await computerWith(handMadeFiles(rnn(0.5)));
  const at = async (offset: number) => computer.ask<'memory'>({ kind: 'memory', models: ['m'], text: 'ab', offset });
  const first = await at(0);
  t.deepEqual([first.rows[0]?.at, first.rows[0]?.startShare, first.rows[0]?.shares.length], [0, 1, 0]);
  t.is(first.whatItShows, 'Nothing was read before the first character.');
  t.deepEqual([(await at(2)).rows[0]?.at, (await at(2)).rows[0]?.shares.length], [2, 2]);
});

test('where no gradient arrives, all shares are 0', async (t) => {
  const made = rnn(0.5);
  const computer = await computerWith(handMadeFiles({ ...made, weights: {} }));
  const { rows } = await computer.ask<'memory'>({ kind: 'memory', models: ['m'], text: 'ab', offset: 1 });
  t.deepEqual([rows[0]?.startShare, [...(rows[0]?.shares ?? [])], rows[0]?.half, rows[0]?.most], [0, [0], 0, 0]);
});

test('a model that is not open is a problem of what was set', async (t) => {
  const computer = await computerWith(handMadeFiles(rnn(0)));
  const asked = computer.ask<'memory'>({ kind: 'memory', models: ['m', 'x'], text: 'ab', offset: 1 });
  t.deepEqual(await problemOf(asked), {
    kind: 'input',
    message: 'Expected an open model, got x',
    advice: 'Open it first.',
  });
});
