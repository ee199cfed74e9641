import test from 'ava';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { tokenize } from '../../../src/pipeline/tokenize.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { collect } from '../../support/collect.js';
import { operatorFacts } from '../../support/operatorFacts.js';
import { plain, tokenIds } from '../../support/sequences.js';

const tokenizer = new CharacterTokenizer('No.');

operatorFacts({ operator: () => tokenize(tokenizer), item: 'No.', result: tokenIds(4, 5, 3) });

test('each sentence becomes its ids, without EOS', async (t) => {
  t.deepEqual(plain(await collect(pipeline(['No.', '', 'oN?'], tokenize(tokenizer)))), [[4, 5, 3], [], [5, 4, 2]]);
});
