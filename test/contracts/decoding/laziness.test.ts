import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { filter, map, take } from 'ix/asynciterable/operators';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { recitation, sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';
import { decoders } from './decoders.js';

const tokenizer = new CharacterTokenizer('abc');
const endless = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });

/** Holds the thread, as the operations of a model do. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

for (const [name, decoder] of decoders) {
  test(`${name}: nothing is computed before the first token is asked for`, async (t) => {
    const predictor = new TablePredictor(tokenizer, endless);
    const iterator = decoder(predictor, { prompt: 'ab' })[Symbol.asyncIterator]();
    await setImmediate();
    t.is(predictor.calls.length, 0);
    await iterator.next();
    t.is(predictor.calls.length, 3);
  });

  test(`${name}: each token costs one call, when it is asked for`, async (t) => {
    const predictor = new TablePredictor(tokenizer, endless);
    const iterator = decoder(predictor)[Symbol.asyncIterator]();
    for (let asked = 1; asked <= 5; asked++) {
      await iterator.next();
      await setImmediate();
      t.is(predictor.calls.length, asked);
    }
  });

  test(`${name}: behind the last token that maxLength allows, nothing is computed`, async (t) => {
    const predictor = new TablePredictor(tokenizer, endless);
    await toArray(decoder(predictor, { maxLength: 4 }));
    t.is(predictor.calls.length, 4);
  });

  test(`${name}: a finished sentence stays finished, and costs no calls`, async (t) => {
    const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'ab'));
    const iterator = decoder(predictor)[Symbol.asyncIterator]();
    for (let asked = 0; asked < 6; asked++) await iterator.next();
    t.deepEqual(await iterator.next(), { done: true, value: undefined });
    t.is(predictor.calls.length, 3);
  });

  test(`${name}: one state is alive between tokens, and none after the sentence`, async (t) => {
    const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'abc'));
    for await (const _ of decoder(predictor, { prompt: 'a' })) t.is(predictor.liveStates, 1);
    t.is(predictor.liveStates, 0);
  });

  test(`${name}: iterations of one result go on independently of each other`, async (t) => {
    const predictor = new TablePredictor(tokenizer, endless);
    const tokens = decoder(predictor, { prompt: 'b', maxLength: 30 });
    const alone = await toArray(tokens);
    const [first, second] = [tokens[Symbol.asyncIterator](), tokens[Symbol.asyncIterator]()];
    const firstHalf = [];
    for (let asked = 0; asked < 15; asked++) firstHalf.push((await first.next()).value);
    const [, together] = await Promise.all([first.return?.(), toArray({ [Symbol.asyncIterator]: () => second })]);
    t.deepEqual(firstHalf, alone.slice(0, 15));
    t.deepEqual(together, alone);
    t.is(predictor.liveStates, 0);
  });

  test(`${name}: several tokens may be asked for at once, and come in order`, async (t) => {
    const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'abc'), () => setImmediate());
    const iterator = decoder(predictor)[Symbol.asyncIterator]();
    const results = await Promise.all(Array.from({ length: 5 }, () => iterator.next()));
    t.deepEqual(
      results.map(({ done, value }) => (done ? 'done' : value.text)),
      ['a', 'b', 'c', 'done', 'done'],
    );
  });

  test(`${name}: operators of ix apply; take asks for no more than it yields, and closes the decoder`, async (t) => {
    const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'abcabc'));
    const texts = decoder(predictor).pipe(
      filter((token) => token.text !== 'b'),
      map((token) => token.text.toUpperCase()),
      take(3),
    );
    t.deepEqual(await toArray(texts), ['A', 'C', 'A']);
    t.is(predictor.calls.length, 4);
    t.is(predictor.liveStates, 0);
  });

  test(`${name}: a timer fires within a sentence, however the predictor holds the thread`, async (t) => {
    const predictor = new TablePredictor(tokenizer, endless, () => block(3));
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 0);
    for await (const _ of decoder(predictor, { maxLength: 30 })) if (fired) break;
    t.true(fired);
  });

  test(`${name}: a timer fires within a long prompt`, async (t) => {
    const predictor = new TablePredictor(tokenizer, endless, () => block(3));
    let callsBefore = 0;
    setTimeout(() => {
      callsBefore = predictor.calls.length;
    }, 0);
    await decoder(predictor, { prompt: 'a'.repeat(30) })
      [Symbol.asyncIterator]()
      .next();
    t.true(callsBefore > 0 && callsBefore < 31);
  });
}
