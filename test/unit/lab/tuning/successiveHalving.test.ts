import test from 'ava';
import { InvalidArgumentError } from '../../../../src/errors.js';
import { drawSettings, type Settings } from '../../../../src/lab/tuning/searchSpace.js';
import {
  bestTrial,
  rungsOf,
  type SearchTrial,
  successiveHalving,
} from '../../../../src/lab/tuning/successiveHalving.js';

const settingsOf = (number: number): Settings => ({ rate: number });

/** All trials of a search, and for how long it trained with which settings. */
async function search(
  options: { hours?: number; known?: readonly SearchTrial[]; settingsOf?: typeof settingsOf } = {},
) {
  const trained: [rate: unknown, minutes: number][] = [];
  const trials: SearchTrial[] = [];
  // Trial 4 is the best, 7 comes apart.
  const train = async ({ rate }: Settings, minutes: number): Promise<number> => {
    trained.push([rate, minutes]);
    return rate === 7 ? NaN : 1 + Math.abs(Number(rate) - 4);
  };
  for await (const trial of successiveHalving({ hours: 1.35, minutes: 9, settingsOf, train, ...options }))
    trials.push(trial);
  return { trained, trials };
}

test('27 trainings of a minute, the best 9 for three, the best 3 for nine: 81 minutes are 1.35 hours', async (t) => {
  const { trials } = await search();
  t.deepEqual(rungsOf({ hours: 1.35, minutes: 9 }), [
    { trials: 27, minutes: 1 },
    { trials: 9, minutes: 3 },
    { trials: 3, minutes: 9 },
  ]);
  const numbersOf = (rung: number) => trials.filter((one) => one.rung === rung).map(({ number }) => number);
  t.deepEqual(
    numbersOf(0),
    Array.from({ length: 27 }, (_, number) => number),
  );
  t.deepEqual(numbersOf(1), [4, 3, 5, 2, 6, 1, 0, 8, 9]);
  t.deepEqual(numbersOf(2), [4, 3, 5]);
  t.deepEqual(bestTrial(trials), { number: 4, rung: 2, minutes: 9, settings: { rate: 4 }, loss: 1 });
  t.is(trials[7]?.loss, null);
});

test('a search that was stopped after any trial makes the rest, and no trial twice', async (t) => {
  const whole = await search();
  for (const count of [0, 5, 27, 31, whole.trials.length]) {
    const known = JSON.parse(JSON.stringify(whole.trials.slice(0, count))) as SearchTrial[];
    const { trials, trained } = await search({ known });
    t.deepEqual(trials, whole.trials);
    t.deepEqual(trained, whole.trained.slice(count));
  }
});

test('more hours go on with what fewer have begun', async (t) => {
  const { trials: known } = await search({ hours: 0.5 });
  const { trials, trained } = await search({ known });
  t.deepEqual(trials, (await search()).trials);
  t.true(trained.length < trials.length);
});

test('known trials of another space, and hours for less than a trial of each rung, are refused', async (t) => {
  const { trials: known } = await search();
  const refused = { instanceOf: InvalidArgumentError };
  await t.throwsAsync(search({ known, settingsOf: (number) => ({ rate: number + 1 }) }), refused);
  t.throws(() => rungsOf({ hours: 0.2, minutes: 9 }), refused);
});

test('settings are a function of seed, name and number, within their ranges', (t) => {
  const space = {
    rate: { from: 1e-4, to: 1e-1, logarithmic: true },
    share: { from: 0, to: 0.5 },
    size: { oneOf: [64, 128] },
  } as const;
  const drawn = Array.from({ length: 400 }, (_, number) => drawSettings(space, 1, number));
  t.deepEqual(drawSettings(space, 1, 17), drawn[17]);
  t.deepEqual(drawSettings({ share: space.share }, 1, 17), { share: drawn[17]?.['share'] });
  t.notDeepEqual(drawSettings(space, 2, 17), drawn[17]);
  const below = (name: string, limit: number) => drawn.filter((one) => Number(one[name]) < limit).length / drawn.length;
  t.true(
    drawn.every(
      ({ rate, share }) => Number(rate) >= 1e-4 && Number(rate) <= 1e-1 && Number(share) >= 0 && Number(share) <= 0.5,
    ),
  );
  for (const [name, middle] of [
    ['rate', 10 ** -2.5],
    ['share', 0.25],
    ['size', 100],
  ] as const)
    t.true(Math.abs(below(name, middle) - 0.5) < 0.1, name);
  for (const wrong of [
    { a: { oneOf: [] } },
    { a: { from: 2, to: 1 } },
    { a: { from: 0, to: 1, logarithmic: true } },
    { a: 1 },
  ])
    t.throws(() => drawSettings(wrong as never, 1, 0), { instanceOf: InvalidArgumentError });
});
