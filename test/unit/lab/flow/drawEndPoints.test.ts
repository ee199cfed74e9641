import test from 'ava';
import { drawEndPoints } from '../../../../src/lab/flow/drawEndPoints.js';
import type { ReferenceConfig } from '../../../reference/languageModel.js';
import { referenceBatch } from '../../../reference/weights.js';
import { chiSquare } from '../../../support/statistics.js';

const config: ReferenceConfig = {
  cell: 'rnn',
  vocabularySize: 7,
  embeddingSize: 3,
  hiddenSize: 4,
  layers: 1,
  eosId: 1,
};
const batch = referenceBatch(config, [3, 1, 2]);
const positions = ['0/0', '0/1', '0/2', '1/0', '1/2', '2/0'];

function drawn(count: number, seed = 1): string[] {
  return drawEndPoints(batch, count, seed).map(({ time, sequence }) => `${time}/${sequence}`);
}

test('with enough of them, the end points are all unmasked positions, each once', (t) => {
  t.deepEqual(drawn(6).sort(), positions);
  t.deepEqual(drawn(100).sort(), positions);
});

test('the latest end points come first', (t) => {
  const times = drawEndPoints(batch, 6, 1).map(({ time }) => time);
  t.deepEqual(
    times,
    times.toSorted((a, b) => b - a),
  );
});

test('the end points of a smaller count are among those of a larger one', (t) => {
  for (let count = 1; count < 6; count++) t.true(drawn(count).every((position) => drawn(count + 1).includes(position)));
});

test('every position is drawn equally often', (t) => {
  const counts = new Map(positions.map((position) => [position, 0]));
  for (let seed = 0; seed < 3000; seed++)
    for (const position of drawn(2, seed)) counts.set(position, (counts.get(position) ?? 0) + 1);
  // Five degrees of freedom exceed this once in a thousand.
  t.true(chiSquare([...counts.values()], new Array<number>(6).fill(1)) < 20.515);
});
