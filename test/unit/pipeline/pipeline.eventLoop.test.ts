import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { filter, map } from 'rxjs';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { shuffle } from '../../../src/pipeline/shuffle.js';
import { collect } from '../../support/collect.js';
import { hold } from '../../support/eventLoop.js';
import { unixTest } from '../../support/testWith.js';
import '../../support/ownProcess.js';

const ITEMS = 4096;

/** A burst: all items come out when the source ends. */
const burst = pipeline(new Array<number>(ITEMS).fill(0), shuffle({ bufferSize: ITEMS, seed: 1 }));

/** Whether something has happened, and a source that ends then, and only then. */
class Event {
  happened = false;

  readonly happen = (): void => {
    this.happened = true;
  };

  *until(): Generator<number> {
    while (!this.happened) yield 1;
  }
}

for (const [way, consume] of Object.entries({
  'a loop': async (onItem: () => void): Promise<void> => {
    for await (const _ of burst) onItem();
  },
  'a subscription': (onItem: () => void): Promise<void> => burst.forEach(onItem),
})) {
  test.serial(`within a burst of ${ITEMS} items into ${way}, timers fire`, async (t) => {
    const timer = new Event();
    let before = 0;
    await consume(() => {
      if (before === 0) setTimeout(timer.happen);
      if (!timer.happened) before++;
      hold(0.02);
    });
    t.true(before < ITEMS, 'the timer fired after the last item');
  });

  for (const signal of ['SIGINT', 'SIGUSR2'] as const)
    unixTest(test.serial)(`within a burst of ${ITEMS} items into ${way}, ${signal} is handled`, async (t) => {
      const interruption = new Event();
      process.once(signal, interruption.happen);
      t.teardown(() => process.off(signal, interruption.happen));
      let before = 0;
      await consume(() => {
        if (before === 0) process.kill(process.pid, signal);
        if (!interruption.happened) before++;
        hold(0.02);
      });
      t.true(before < ITEMS, 'the signal was handled after the last item');
    });
}

test.serial('timers fire while a pipeline of promises alone runs', async (t) => {
  const timer = new Event();
  setTimeout(timer.happen, 20);
  t.true((await collect(pipeline(timer.until()))).length > 0);
});

test.serial('timers fire while every item is filtered away', async (t) => {
  const timer = new Event();
  setTimeout(timer.happen, 20);
  const nothing = pipeline(
    timer.until(),
    filter(() => false),
  );
  t.deepEqual(await collect(nothing), []);
});

test.serial('timers fire while a pipeline reads from many short ones that give nothing', async (t) => {
  const timer = new Event();
  setTimeout(timer.happen, 20);
  const source = async function* (): AsyncGenerator<number> {
    for (const item of timer.until())
      yield* pipeline(
        [item],
        filter(() => false),
      );
  };
  t.deepEqual(await collect(pipeline(source())), []);
});

test.serial('memory does not grow with the number of chunks', async (t) => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const used = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const chunks = function* (): Generator<number> {
    for (let chunk = 0; chunk < 200_000; chunk++) yield chunk;
  };
  const measures: number[] = [];
  for await (const item of pipeline(
    pipeline(chunks()),
    map((n) => n),
  ))
    if (item % 50_000 === 49_999) measures.push(used());
  const [, second = NaN, , fourth = NaN] = measures;
  t.true(fourth - second < 1_000_000, `${second} bytes after 100,000 chunks, ${fourth} after 200,000`);
});
