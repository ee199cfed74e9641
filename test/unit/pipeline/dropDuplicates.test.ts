import test from 'ava';
import { dropDuplicates } from '../../../src/pipeline/dropDuplicates.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { collect } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';
import { operatorFacts } from '../../support/operatorFacts.js';

operatorFacts({ operator: () => dropDuplicates(), item: 'Yes.', result: 'Yes.', once: true });

test('each distinct sentence comes out once, in the order of the text', async (t) => {
  const sentences = fc.array(fc.string({ unit: fc.constantFrom('a', 'ä', '\0', '\ud83d'), maxLength: 2 }));
  await fc.assert(
    fc.asyncProperty(sentences, async (all) => {
      t.deepEqual(await collect(pipeline(all, dropDuplicates())), [...new Set(all)]);
    }),
  );
});

test('each reading of a pipeline begins anew', async (t) => {
  const sentences = pipeline(['Yes.', 'No.', 'Yes.'], dropDuplicates());
  t.deepEqual(
    [await collect(sentences), await collect(sentences)],
    [
      ['Yes.', 'No.'],
      ['Yes.', 'No.'],
    ],
  );
});

test('stats count what was left out, and go on from the number they have', async (t) => {
  const stats = { duplicates: 10 };
  await collect(pipeline(['Yes.', 'No.', 'Yes.', 'Yes.'], dropDuplicates({ stats })));
  t.deepEqual(stats, { duplicates: 12 });
});
