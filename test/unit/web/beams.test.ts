import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { beamStates } from '../../../src/decoding/beamStates.js';
import { InferenceModel } from '../../../src/inference/InferenceModel.js';
import { random } from '../../../src/random.js';
import { beamFrame } from '../../../web/compute/beamFrame.js';
import type { BeamRecord, BeamsRequest } from '../../../web/compute/types.js';
import { isClose } from '../../support/closeness.js';
import { computerWith, problemOf } from '../../support/computing.js';
import { handMadeFiles } from '../../support/handMadeModel.js';
import { markovFiles } from '../../support/markovModel.js';

const CHAIN = {
  EOS: { a: 0.5, b: 0.31, c: 0.19 },
  a: { a: 0.5, EOS: 0.4, b: 0.1 },
  b: { EOS: 0.9, c: 0.1 },
  c: { c: 1 },
};

const search = async (request: Partial<BeamsRequest> = {}, chain: Parameters<typeof markovFiles>[0] = CHAIN) => {
  const computer = await computerWith(markovFiles(chain));
  return computer.ask<'beams'>({ kind: 'beams', model: 'm', prompt: '', beams: 3, maxLength: 20, ...request });
};

/** A node by its text, and a point for the end. */
const named = (record: BeamRecord, node: number): string => {
  let text = '';
  for (let at = node; at > 0; at = record.parent[at] ?? 0)
    text = (record.id[at] === record.eosId ? '.' : record.texts[record.id[at] ?? 0]) + text;
  return text;
};

test('a record has the search by hand, node by node', async (t) => {
  const record = await search();
  // Step 1: a 0.5, b 0.31, c 0.19. Step 2: b. 0.279, aa 0.25 and a. 0.2, before cc 0.19; aa cannot reach 0.279.
  t.is(record.nodes, 7);
  t.deepEqual(
    Array.from({ length: 7 }, (_, node) => named(record, node)),
    ['', 'a', 'b', 'c', 'b.', 'aa', 'a.'],
  );
  t.deepEqual([...record.parent], [-1, 0, 0, 0, 2, 1, 1]);
  t.deepEqual([...record.step], [0, 1, 1, 1, 2, 2, 2]);
  t.deepEqual([...record.fate], [0, 0, 0, 0, 1, 2, 1]);
  t.deepEqual([...record.end], [0, 0, 0, 1, 0, 0, 0]);
  t.deepEqual(
    [[...record.stepStart], [...record.committed], [...record.best]],
    [
      [0, 1, 4, 7],
      [0, 2],
      [-1, 4],
    ],
  );
  isClose(t, record.logProbability.slice(1).map(Math.exp), [0.5, 0.31, 0.19, 0.279, 0.25, 0.2], 1e-5);
  isClose(t, [...record.tokenLogProbability.slice(4)].map(Math.exp), [0.9, 0.5, 0.4], 1e-5);
  t.true(record.done);
  t.is(record.texts[record.eosId], '');
});

test('frames of it: what lives, what is set aside and why, what is committed, and what is in doubt', async (t) => {
  const record = await search();
  const [before, first, second] = [0, 1, 2].map((step) => beamFrame(record, step));
  t.deepEqual([before?.live, before?.contenders, before?.committedText], [[0], [], '']);
  t.regex(before?.why ?? '', /^Nothing was tried yet/);
  t.deepEqual([first?.live, first?.finished, first?.aside, first?.committedText], [[1, 2, 3], [], [], '']);
  t.deepEqual(
    first?.contenders.map(({ text, hypotheses, node, isOfFinished }) => [text, hypotheses, node, isOfFinished]),
    [
      ['a', 1, 1, false],
      ['b', 1, 2, false],
      ['c', 1, 3, false],
    ],
  );
  t.is(
    first?.why,
    'Not certain yet, for each of these can still win: “a” (1 live hypothesis has it; at best −0.69) and “b” (1 live hypothesis has it; at best −1.17), and 1 more.',
  );
  t.deepEqual([second?.live, second?.finished, second?.committedText], [[], [4, 6], 'b']);
  t.deepEqual(second?.aside, [
    { node: 3, why: 'others likelier', step: 2 },
    { node: 5, why: 'cannot win any more', step: 2 },
  ]);
  t.is(second?.why, 'The search is over: no other hypothesis can reach −1.28, the score of the best one, which ended.');
});

test('a finished hypothesis contends with the end where it stands, until nothing can beat it', async (t) => {
  const chain = { EOS: { a: 0.9, EOS: 0.1 }, a: { EOS: 0.5, a: 0.5 } };
  // a. 0.45 and aa 0.45: of equals, aa cannot win. With a penalty it can.
  const record = await search({ beams: 2, maxLength: 4, lengthPenalty: 1 }, chain);
  const frame = beamFrame(record, 2);
  t.is(frame.committedText, 'a');
  t.deepEqual(
    frame.contenders.map(({ text, hypotheses, isOfFinished }) => [text, hypotheses, isOfFinished]),
    [
      ['a', 1, false],
      ['', 0, true],
    ],
  );
  const [log, log3] = [Math.log(0.45), Math.log(0.45)];
  isClose(
    t,
    frame.contenders.map(({ bound }) => bound),
    [log / (9 / 6), log3 / (7 / 6)],
    1e-5,
  );
  t.regex(
    frame.why,
    /“a” \(1 live hypothesis has it; at best −0\.53\) and the end \(the finished one has it; at best −0\.68\)/,
  );
});

test('a step behind the last is the last, and the search may be cut at its length', async (t) => {
  const record = await search({ prompt: 'c', maxLength: 3 });
  const frame = beamFrame(record, 99);
  t.deepEqual([frame.step, frame.committedText], [3, 'ccc']);
  t.regex(frame.why, /which is as long as it may be\.$/);
});

/** Random weights: hypotheses come and go. */
const lively = handMadeFiles({
  ...{ cell: 'gru', characters: 'abcdefghijklmno', embeddingSize: 8, hiddenSize: 16 },
  weights: (name, at) => random(4, name).normal(at),
});

test('32 beams and 200 steps: at every step, what lives and what is committed are those of the search’s own states', async (t) => {
  const computer = await computerWith(lively);
  const options = { prompt: 'ab', beams: 32, maxLength: 200 };
  const sizes: number[] = [];
  const record = await computer.ask<'beams'>(
    { kind: 'beams', model: 'm', ...options },
    { onPart: ({ nodes }) => sizes.push(nodes) },
  );
  t.deepEqual(
    sizes,
    sizes.toSorted((a, b) => a - b),
  );
  const states = await toArray(beamStates(await InferenceModel.load(lively), options));
  t.is(record.stepStart.length - 2, states.length);
  for (const [at, { live, committed, finished }] of states.entries()) {
    const frame = beamFrame(record, at + 1);
    const idsOf = (node: number): number[] => {
      const ids: number[] = [];
      for (let on = node; on > 0; on = record.parent[on] ?? 0) ids.unshift(record.id[on] ?? -1);
      return ids;
    };
    t.deepEqual(
      frame.live.map(idsOf),
      live.map(({ ids }) => [...ids]),
    );
    t.deepEqual(
      frame.committed.map((node) => record.id[node] ?? -1),
      [...committed],
    );
    t.is(frame.finished.length >= finished.length, true);
    // In doubt are as many as could still win.
    const inDoubt = frame.contenders.reduce((sum, { hypotheses }) => sum + hypotheses, 0);
    const isAlone = committed.length === at + 1;
    t.is(inDoubt, isAlone ? 0 : live.length);
    if (live.length > 0 && !isAlone) t.true(frame.contenders.length > 1);
  }
  t.true(record.nodes <= 1 + 32 * 200);
});

test('a search that is ended rejects as aborted, and options that cannot be used are problems of what was set', async (t) => {
  // It never ends by itself.
  const computer = await computerWith(markovFiles({ EOS: { a: 1 }, a: { a: 1 } }));
  const controller = new AbortController();
  const request = { kind: 'beams', model: 'm', prompt: '', beams: 2, maxLength: 50_000 } as const;
  const asked = computer.ask<'beams'>(request, { signal: controller.signal });
  setTimeout(() => controller.abort(), 1);
  t.is((await problemOf(asked)).kind, 'aborted');
  const { kind, message } = await problemOf(computer.ask<'beams'>({ ...request, beams: 0 }));
  t.is(kind, 'input');
  t.regex(message, /^Expected beams to be/);
});
