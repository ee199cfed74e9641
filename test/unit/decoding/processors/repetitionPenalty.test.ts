import test from 'ava';
import { repetitionPenalty } from '../../../../src/decoding/processors/repetitionPenalty.js';
import { throwsInvalid } from '../../../support/throwsInvalid.js';

function penalized(penalty: number, promptIds: number[], generatedIds: number[], ...values: number[]): number[] {
  const logProbabilities = Float32Array.from(values);
  return [...(repetitionPenalty(penalty)(logProbabilities, { promptIds, generatedIds }) ?? logProbabilities)];
}

test('log-probabilities of tokens that were generated are multiplied', (t) => {
  t.deepEqual(penalized(1.5, [], [1, 3], -1, -2, -3, -4), [-1, -3, -3, -6]);
});

test('tokens of the prompt count', (t) => {
  t.deepEqual(penalized(2, [0, 2], [3], -1, -2, -3, -4), [-2, -2, -6, -8]);
});

test('a token that came several times is penalized once', (t) => {
  t.deepEqual(penalized(2, [1, 1], [1, 1, 1], -1, -2), [-1, -4]);
});

test('a penalty of 1 changes nothing, nor does any where nothing came before', (t) => {
  t.deepEqual(penalized(1, [0], [1], -1, -2), [-1, -2]);
  t.deepEqual(penalized(5, [], [], -1, -2), [-1, -2]);
});

test('an excluded token stays excluded, a certain one certain', (t) => {
  t.deepEqual(penalized(2, [], [0, 1], -Infinity, 0), [-Infinity, 0]);
});

for (const penalty of [0.9, 0, -1, Number.NaN, Infinity])
  test(`a penalty of ${penalty} is an InvalidArgumentError`, (t) => {
    throwsInvalid(t, () => repetitionPenalty(penalty), 'repetitionPenalty');
  });
