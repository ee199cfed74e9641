import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { sample } from '../../../src/decoding/sample.js';
import { InferenceModel } from '../../../src/inference/InferenceModel.js';
import type { SteerRequest, SteerResult } from '../../../web/compute/types.js';
import { isClose } from '../../support/closeness.js';
import { computerWith, problemOf } from '../../support/computing.js';
import { markovFiles } from '../../support/markovModel.js';

const CHAIN = {
  EOS: { a: 0.5, b: 0.5 },
  a: { a: 0.25, b: 0.5, c: 0.25 },
  b: { a: 0.5, c: 0.4, EOS: 0.1 },
  c: { c: 1 },
};
/** The unit that is on when c was read; with it held, c comes whatever was read, for of others it is e^40 times as likely as they were. */
const C = 5;

const steer = async (request: Partial<SteerRequest>, onPart?: (part: SteerResult) => void) => {
  const computer = await computerWith(markovFiles(CHAIN));
  return computer.ask<'steer'>(
    { kind: 'steer', model: 'm', prompt: '', sampling: {}, maxLength: 30, pins: [], seed: 3, ...request },
    onPart && { onPart },
  );
};

test('without pins there is one text: what sample writes', async (t) => {
  const { free, pinned, parts } = await steer({ prompt: 'ab', sampling: { temperature: 0.8, topK: 3 } });
  const model = await InferenceModel.load(markovFiles(CHAIN));
  const tokens = await toArray(sample(model, { prompt: 'ab', temperature: 0.8, topK: 3, maxLength: 30, seed: 3 }));
  t.deepEqual(
    [...free.tokens.ids],
    tokens.map(({ id }) => id),
  );
  t.is(free.tokens.text, tokens.map(({ text }) => text).join(''));
  t.deepEqual([pinned, parts], [undefined, undefined]);
  isClose(
    t,
    free.surprise,
    tokens.map(({ logProbability }) => -logProbability),
    1e-6,
  );
});

test('with all units held as after c, only c comes, beside what comes without', async (t) => {
  const units = Array.from({ length: 6 }, (_, unit) => ({ layer: 0, gate: 'hidden', unit, value: Number(unit === C) }));
  const { free, pinned, parts } = await steer({ pins: units });
  t.is(pinned?.tokens.text, 'c'.repeat(30));
  t.false(pinned?.isComplete);
  t.is((await steer({})).free.tokens.text, free.tokens.text);
  t.is(
    parts,
    [...free.tokens.text].findIndex((character) => character !== 'c'),
  );
});

test('held at what it is, a unit changes nothing, and the texts do not part', async (t) => {
  // No token is pad.
  const { free, pinned, parts } = await steer({ pins: [{ layer: 0, gate: 'hidden', unit: 0, value: 0 }] });
  t.deepEqual(pinned, free);
  t.is(parts, undefined);
});

test('a text that ended is complete, and parts from one that goes on where it ended', async (t) => {
  const ends = { EOS: { b: 1 }, b: { EOS: 1 }, c: { c: 1 } };
  const computer = await computerWith(markovFiles(ends));
  // Without the unit that is on when b was read, what follows b is as likely as anything.
  const pins = [{ layer: 0, gate: 'hidden', unit: 3, value: 0 }];
  const lengths = new Set<number>();
  for (let seed = 1; seed <= 6; seed++) {
    const request = { kind: 'steer', model: 'm', prompt: '', sampling: {}, seed, maxLength: 5, pins } as const;
    const { free, pinned, parts } = await computer.ask<'steer'>(request);
    t.deepEqual([free.tokens.text, free.isComplete], ['b', true]);
    const length = pinned?.tokens.ids.length ?? 0;
    lengths.add(length);
    t.is(parts, length > 1 ? 1 : undefined);
  }
  t.true(lengths.has(1) && lengths.size > 1);
});

test('pins of what is not there are problems of what was set', async (t) => {
  const { kind, message } = await problemOf(steer({ pins: [{ layer: 0, gate: 'update', value: 1 }] }));
  t.is(kind, 'input');
  t.regex(message, /^Expected pins\[0\]\.gate to be one of hidden/);
});

test('a text that is ended rejects as aborted, and the model is as it was', async (t) => {
  const computer = await computerWith(markovFiles(CHAIN));
  const controller = new AbortController();
  const request = { kind: 'steer', model: 'm', prompt: '', sampling: {}, maxLength: 100_000, pins: [] } as const;
  const chain = { ...request, prompt: 'c' };
  const asked = computer.ask<'steer'>(chain, { signal: controller.signal });
  setTimeout(() => controller.abort(), 10);
  t.is((await problemOf(asked)).kind, 'aborted');
  t.is((await computer.ask<'steer'>({ ...chain, maxLength: 3 })).free.tokens.text, 'ccc');
});
