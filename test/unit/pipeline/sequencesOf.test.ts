import test from 'ava';
import { sequencesOf } from '../../../src/pipeline/sequencesOf.js';
import { plain } from '../../support/sequences.js';

test('a batch is taken apart into its columns, without the padding', (t) => {
  const batch = { ids: Int32Array.of(7, 9, 8, 1, 1, 0), lengths: Int32Array.of(3, 2), size: 2, length: 3, tokens: 5 };
  t.deepEqual(plain(sequencesOf(batch)), [
    [7, 8, 1],
    [9, 1],
  ]);
});

test('a batch without sequences has none', (t) => {
  const batch = { ids: new Int32Array(0), lengths: new Int32Array(0), size: 0, length: 0, tokens: 0 };
  t.deepEqual(plain(sequencesOf(batch)), []);
});

test('the sequences share no memory with the batch', (t) => {
  const batch = { ids: Int32Array.of(7, 1), lengths: Int32Array.of(2), size: 1, length: 2, tokens: 2 };
  const [ids] = sequencesOf(batch);
  batch.ids.fill(0);
  t.deepEqual([...(ids ?? [])], [7, 1]);
});
