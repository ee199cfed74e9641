import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { beamStates } from '../../../src/decoding/beamStates.js';
import type { LogProbabilityProcessor } from '../../../src/decoding/LogProbabilityProcessor.js';
import { nBest } from '../../../src/decoding/nBest.js';
import { temperature } from '../../../src/decoding/processors/temperature.js';
import { topK } from '../../../src/decoding/processors/topK.js';
import { topP } from '../../../src/decoding/processors/topP.js';
import { InvalidArgumentError, NonFiniteError } from '../../../src/errors.js';
import { turn } from '../../../src/eventLoop.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { everySentence } from '../../support/everySentence.js';
import fc from '../../support/fastCheck.js';
import { positiveRecipes, randomTable } from '../../support/randomTable.js';
import { sweepOf } from '../../support/sweeps.js';
import { idOf, sameEverywhere, type Table, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('abc');
const { eosId, unknownId } = tokenizer;

const searches = fc.record({ recipe: positiveRecipes, beams: fc.integer({ min: 1, max: 6 }) });

/** What may come, the most probable first. */
function ranked(row: ArrayLike<number>): [id: number, probability: number][] {
  return Array.from(row, (probability, id): [number, number] => [id, probability])
    .filter(([id, probability]) => id !== 0 && id !== unknownId && probability > 0)
    .sort(([, p], [, q]) => q - p);
}

/** The smallest set of most probable ids whose share of what may come is at least p. */
function nucleus(row: ArrayLike<number>, p: number): number[] {
  const all = ranked(row);
  const total = all.reduce((sum, [, probability]) => sum + probability, 0);
  for (let size = 1; size <= all.length; size++) {
    const share = all.slice(0, size).reduce((sum, [, probability]) => sum + probability, 0) / total;
    if (share >= p) return all.slice(0, size).map(([id]) => id);
  }
  return all.map(([id]) => id);
}

for (const [name, processor, allowed] of [
  ['top-p', topP(0.6), (row: ArrayLike<number>) => nucleus(row, 0.6)],
  [
    'top-k',
    topK(2),
    (row: ArrayLike<number>) =>
      ranked(row)
        .slice(0, 2)
        .map(([id]) => id),
  ],
] as const) {
  const options = { processors: [processor], maxLength: 4 };

  test(`${name}: no hypothesis ever contains a token that it excludes`, async (t) => {
    await fc.assert(
      fc.asyncProperty(searches, async ({ recipe, beams: size }) => {
        const table = randomTable(tokenizer, recipe);
        for await (const { live, finished } of beamStates(new TablePredictor(tokenizer, table), {
          ...options,
          beams: size,
        }))
          for (const { ids, complete } of [...live, ...finished])
            for (const [place, id] of (complete ? [...ids, eosId] : ids).entries())
              t.true(allowed(table([eosId, ...ids.slice(0, place)])).includes(id));
      }),
      { numRuns: sweepOf(50, 15) },
    );
  });

  test(`${name}: with enough beams, the best of all sentences that it allows is found, by the model's own probabilities`, async (t) => {
    await fc.assert(
      fc.asyncProperty(positiveRecipes, async (recipe) => {
        const table = randomTable(tokenizer, recipe);
        const filtered: Table = (prefix) => {
          const row = table(prefix);
          return Array.from(row, (probability, id) => (allowed(row).includes(id) ? probability : 0));
        };
        const best = Math.max(...everySentence(tokenizer, filtered, 4).map(({ logProbability }) => logProbability));
        const [found] = await toArray(
          nBest(new TablePredictor(tokenizer, table), { ...options, beams: 100, count: 1 }),
        );
        t.is(found?.logProbability, best);
      }),
      { numRuns: sweepOf(50, 15) },
    );
  });
}

test('where a processor changes probabilities, hypotheses are ranked by the changed ones, and report both', async (t) => {
  await fc.assert(
    fc.asyncProperty(positiveRecipes, async (recipe) => {
      const table = randomTable(tokenizer, recipe);
      // Square roots, in proportion: what may come has the same sum as before.
      const tempered: Table = (prefix) => {
        const row = Array.from(table(prefix), (probability, id) => (id === 0 || id === unknownId ? 0 : probability));
        const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);
        const roots = row.map(Math.sqrt);
        return roots.map((root) => (root * sum(row)) / sum(roots));
      };
      const possible = everySentence(tokenizer, tempered, 3);
      const options = { processors: [temperature(2)], maxLength: 3, beams: 100, count: 1 };
      const [found] = await toArray(nBest(new TablePredictor(tokenizer, table), options));
      const highest = Math.max(...possible.map(({ logProbability }) => logProbability));
      t.true(Math.abs((found?.logProbability ?? NaN) - highest) < 1e-5);
      for (const [place, id] of (found?.ids ?? []).entries()) {
        const row = table([eosId, ...(found?.ids.slice(0, place) ?? [])]);
        t.is(found?.logProbabilities[place], Math.fround(Math.log(row[id] ?? 0)));
      }
    }),
    { numRuns: sweepOf(50, 15) },
  );
});

test("beamSearch: a token's logProbability is the model's, whatever the processors did", async (t) => {
  const table = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });
  const withoutA: LogProbabilityProcessor = (logProbabilities) => {
    logProbabilities[idOf(tokenizer, 'a')] = -Infinity;
  };
  const options = { processors: [withoutA, temperature(3)], beams: 2, maxLength: 3 };
  for (const { text, logProbability } of await toArray(beamSearch(new TablePredictor(tokenizer, table), options))) {
    t.is(text, 'b');
    t.is(logProbability, Math.fround(Math.log(0.3)));
  }
});

test('each hypothesis has processors of its own past: they see its ids, and the prompt’s', async (t) => {
  const seen: string[] = [];
  const processors: LogProbabilityProcessor[] = [
    (_, { promptIds, generatedIds }) => void seen.push(tokenizer.decode([...promptIds, ...generatedIds])),
  ];
  const table = sameEverywhere(tokenizer, { a: 0.6, b: 0.4 });
  await toArray(beamStates(new TablePredictor(tokenizer, table), { prompt: 'cc', processors, beams: 2, maxLength: 3 }));
  t.deepEqual(seen, ['cc', 'cca', 'ccb', 'ccaa', 'ccab']);
});

for (const [name, search] of [
  ['beamSearch', beamSearch],
  ['beamStates', beamStates],
  ['nBest', nBest],
] as const) {
  test(`${name}: a log-probability above 0 from the predictor is an InvalidArgumentError, since no bound would hold`, async (t) => {
    const predictor = new TablePredictor(tokenizer, () => [0, 0, 0, 2, 1, 1]);
    await t.throwsAsync(toArray<unknown>(search(predictor)), {
      instanceOf: InvalidArgumentError,
      message: /^Expected log-probabilities of at most 0 from the predictor in a beam search, got 0\.69/,
    });
    t.is(predictor.liveStates, 0);
  });

  test(`${name}: NaN from a processor is a NonFiniteError, and every state is freed`, async (t) => {
    const predictor = new TablePredictor(tokenizer, sameEverywhere(tokenizer, { a: 0.5, b: 0.5 }));
    const processors: LogProbabilityProcessor[] = [(logProbabilities) => void logProbabilities.fill(Number.NaN, 4)];
    await t.throwsAsync(toArray<unknown>(search(predictor, { processors })), { instanceOf: NonFiniteError });
    t.is(predictor.liveStates, 0);
  });
}

test('lists of ids that processors were given are kept no longer than the next ones are made of them', async (t) => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const lists: WeakRef<readonly number[]>[] = [];
  const predictor = new TablePredictor(tokenizer, sameEverywhere(tokenizer, { a: 0.6, b: 0.4 }));
  const processor: LogProbabilityProcessor = (_, { generatedIds }) => void lists.push(new WeakRef(generatedIds));
  let most = 0;
  for await (const { step } of beamStates(predictor, { beams: 2, maxLength: 60, processors: [processor] })) {
    if (step !== 50) continue;
    await turn();
    collectGarbage();
    most = lists.filter((list) => list.deref()).length;
  }
  t.true(most > 0 && most < 10, `${most}`);
});
