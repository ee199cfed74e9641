import test from 'ava';
import { appendEos } from '../../../src/pipeline/appendEos.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { collect } from '../../support/collect.js';
import { operatorFacts } from '../../support/operatorFacts.js';
import { plain, sequence, tokenIds } from '../../support/sequences.js';

operatorFacts({ operator: () => appendEos({ eosId: 1 }), item: tokenIds(7, 8), result: sequence(7, 8, 1) });

test('EOS comes after the ids of each sentence, also of an empty one', async (t) => {
  const sentences = [tokenIds(17, 46, 5), tokenIds()];
  t.deepEqual(plain(await collect(pipeline(sentences, appendEos({ eosId: 9 })))), [[17, 46, 5, 9], [9]]);
});

test('the ids that went in stay as they were', async (t) => {
  const ids = tokenIds(5, 6);
  await collect(pipeline([ids], appendEos({ eosId: 1 })));
  t.deepEqual([...ids], [5, 6]);
});
