import test from 'ava';
import * as browser from '../../../src/browser.js';
import * as cluster from '../../../src/cluster.js';
import * as library from '../../../src/index.js';
import * as lab from '../../../src/lab.js';
import * as serving from '../../../src/serving.js';
import { tf } from '../../../src/tf.js';
import fc from '../../support/fastCheck.js';
import { sweepOf } from '../../support/sweeps.js';
import { junkInsteadOf } from './junk.js';
import { SUBJECTS } from './subjects.js';
import '../../support/ownProcess.js';

/** Cases for each option. */
const RUNS = sweepOf(12, 3);
/** Milliseconds after which a call hangs. */
const PATIENCE = 60_000;

const { BabblebrookError } = library;
const isErrorClass = (value: unknown): boolean =>
  value === BabblebrookError || Object.prototype.isPrototypeOf.call(BabblebrookError, value as object);

/** The names of the rows for a function: its own, those of its methods, and others on it. */
const rowsOf = (name: string): string[] =>
  Object.keys(SUBJECTS).filter((row) => new RegExp(`^${name}([ .(]|$)`).test(row));

test('every public function and class is fuzzed', (t) => {
  const functions = Object.entries({ ...browser, ...library, ...lab, ...serving, ...cluster }).filter(
    ([, value]) => typeof value === 'function' && !isErrorClass(value),
  );
  t.true(functions.length > 50);
  t.deepEqual(
    functions.map(([name]) => name).filter((name) => rowsOf(name).length === 0),
    [],
  );
  t.deepEqual(
    Object.keys(SUBJECTS).filter((row) => !functions.some(([name]) => rowsOf(name).includes(row))),
    [],
  );
});

for (const [name, { given, call, spare = () => false }] of Object.entries(SUBJECTS)) {
  test.serial(`${name} does what it is for`, async (t) => {
    await t.notThrowsAsync(inTime(() => call(given)));
  });

  const names = Object.keys(given);
  if (names.length > 0)
    test.serial(`${name}, given junk, throws a typed error or does what it is for, and leaves no tensor`, async (t) => {
      const junk = fc.constantFrom(...names).chain((option) =>
        junkInsteadOf(given[option])
          .filter((value) => !spare(option, value))
          .map((value) => ({ option, value })),
      );
      const before = tf.memory().numTensors;
      await fc.assert(
        fc.asyncProperty(junk, async ({ option, value }) => {
          await inTime(() => call({ ...given, [option]: value })).catch((error: unknown) => {
            if (!(error instanceof BabblebrookError)) throw error;
          });
          const left = tf.memory().numTensors - before;
          if (left !== 0) throw new Error(`${left} tensors are left`);
        }),
        { numRuns: RUNS * names.length },
      );
      t.pass();
    });
}

/** What an action gives; it fails when that takes too long. */
async function inTime(action: () => unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('It hangs')), PATIENCE);
  });
  try {
    return await Promise.race([(async () => action())(), late]);
  } finally {
    clearTimeout(timer);
  }
}
