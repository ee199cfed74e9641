import test from 'ava';
import { TestScheduler } from 'rxjs/testing';
import { InvalidArgumentError, pipeline } from '../../../src/index.js';
import { joinSentences } from './joinSentences.js';

const values = { a: 'One.', b: 'Two.', c: 'Three.', x: 'One. Two.' };
const marbles = {
  'every second sentence brings the two, and the end brings the rest': ['-a-b-c-|', '---x---(c|)'],
  'an empty source gives the end at once': ['--|', '--|'],
  'an error goes through, and what was held is dropped': ['-a-b-c-#', '---x---#'],
  'a source that never ends is given no end': ['-a-', '---'],
} as const;

for (const [fact, [source, result]] of Object.entries(marbles))
  test(fact, (t) => {
    new TestScheduler((actual, expected) => void t.deepEqual(actual, expected)).run(({ cold, expectObservable }) => {
      expectObservable(cold(source, values).pipe(joinSentences(2))).toBe(result, values);
    });
  });

test('it fits into a pipeline, and each reading begins anew', async (t) => {
  const sentences = pipeline(['One.', 'Two.', 'Three.'], joinSentences(2));
  for (let reading = 0; reading < 2; reading++) {
    const joined: string[] = [];
    for await (const sentence of sentences) joined.push(sentence);
    t.deepEqual(joined, ['One. Two.', 'Three.']);
  }
});

test('a count of 0 is an error at once', (t) => {
  t.throws(() => joinSentences(0), { instanceOf: InvalidArgumentError });
});
