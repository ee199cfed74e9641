import test from 'ava';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { sequencesOf } from '../../../src/pipeline/sequencesOf.js';
import { collect } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';
import { operatorFacts } from '../../support/operatorFacts.js';
import { plain, sequence, sequenceOfLength } from '../../support/sequences.js';

const GROUP = [sequence(7, 8, 1), sequence(9, 1)];
const BATCH = {
  ids: Int32Array.of(7, 9, 8, 1, 1, 0),
  lengths: Int32Array.of(3, 2),
  size: 2,
  length: 3,
  tokens: 5,
};

operatorFacts({ operator: padBatch, item: GROUP, result: BATCH });

const groups = fc.array(fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 9 }), {
  minLength: 1,
  maxLength: 9,
});

test('sequences become the columns of a time-major rectangle, padded with id 0', async (t) => {
  t.deepEqual(await collect(pipeline([GROUP], padBatch())), [BATCH]);
});

test('what was padded can be taken apart again', async (t) => {
  await fc.assert(
    fc.asyncProperty(groups, async (group) => {
      const [batch] = await collect(pipeline([group.map((ids) => sequence(...ids))], padBatch()));
      t.deepEqual(batch && plain(sequencesOf(batch)), group);
    }),
  );
});

test('tokens and padding fill the rectangle', async (t) => {
  await fc.assert(
    fc.asyncProperty(groups, async (group) => {
      const [batch] = await collect(pipeline([group.map((ids) => sequence(...ids))], padBatch()));
      if (!batch) return false;
      const padding = batch.ids.filter((id) => id === 0).length;
      return batch.ids.length === batch.size * batch.length && batch.tokens + padding === batch.ids.length;
    }),
  );
  t.pass();
});

test('a group may be as large as memory allows', async (t) => {
  const group = new Array(200_000).fill(sequenceOfLength(1));
  const [batch] = await collect(pipeline([group], padBatch()));
  t.like(batch, { size: 200_000, length: 1, tokens: 200_000 });
});
