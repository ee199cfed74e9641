import test from 'ava';
import { from, toArray } from 'rxjs';
import { InvalidArgumentError } from '../../../src/errors.js';
import { splitSentences } from '../../../src/pipeline/splitSentences.js';
import { marbles, operatorFacts } from '../../support/operatorFacts.js';

operatorFacts({
  operator: () => splitSentences(),
  item: 'So it is. ',
  result: 'So it is.',
  holds: true,
});

test('a sentence comes once enough of what follows has come, the rest at the end', (t) => {
  marbles(t, ({ cold, expectObservable }) => {
    const values = { a: 'Mr. Hale left. Nob', b: 'ody saw him', c: ' at all'.repeat(40) };
    const sentences = { x: 'Mr. Hale left.', y: `Nobody saw him${values.c}` };
    expectObservable(cold('-a-b-c-|', values).pipe(splitSentences())).toBe('-----x-(y|)', sentences);
  });
});

test('sentences that were complete come before an error, the rest is dropped', (t) => {
  marbles(t, ({ cold, expectObservable }) => {
    const values = { a: `Mr. Hale left. ${'And so on '.repeat(40)}` };
    expectObservable(cold('-a-#', values).pipe(splitSentences())).toBe('-x-#', { x: 'Mr. Hale left.' });
  });
});

test('options reach the splitter', (t) => {
  t.plan(1);
  from(['Siehe Nr. 5\nEnde'])
    .pipe(splitSentences({ locale: 'de', lineBreaks: 'paragraph' }), toArray())
    .subscribe((sentences) => t.deepEqual(sentences, ['Siehe Nr. 5', 'Ende']));
});

test('an option that cannot be used is an error at once', (t) => {
  t.throws(() => splitSentences({ locale: 'not a locale' }), { instanceOf: InvalidArgumentError });
});
