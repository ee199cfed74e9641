import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { beamStates } from '../../../src/decoding/beamStates.js';
import { greedy } from '../../../src/decoding/greedy.js';
import { nBest } from '../../../src/decoding/nBest.js';
import { tf } from '../../../src/tf.js';
import { readBeamsFixture } from '../../support/beamsFixture.js';
import { modelOf } from '../../support/languageModels.js';

// An LSTM of PyTorch's with its weights, and a beam search in plain Python over it: test/fixtures/torch/make_beams.py.
const { config, weights, maxLength, searches } = readBeamsFixture();
const model = modelOf(config, weights);

/** Float32 against float64, over up to 25 tokens. */
const TOLERANCE = 1e-4;

for (const { promptIds, beams: size, lengthPenalty, steps, nBest: expected } of searches) {
  const prompt = model.tokenizer.decode(promptIds);
  const options = { prompt, beams: size, lengthPenalty, maxLength };
  const title = `K = ${size}, α = ${lengthPenalty}, prompt '${prompt}'`;
  const [best] = expected;

  test.serial(`beamSearch yields the sentence that another beam search found with PyTorch: ${title}`, async (t) => {
    const tokens = await toArray(beamSearch(model, options));
    t.deepEqual(
      tokens.map(({ id }) => id),
      best?.ids,
    );
  });

  test.serial(`it takes as many time steps: ${title}`, async (t) => {
    t.is((await toArray(beamStates(model, options))).length, steps);
  });

  test.serial(`nBest finds the same sentences in the same order, of the same score: ${title}`, async (t) => {
    const sentences = await toArray(nBest(model, options));
    t.deepEqual(
      sentences.map(({ ids, complete }) => ({ ids, complete })),
      expected.map(({ ids, complete }) => ({ ids, complete })),
    );
    for (const [rank, { score, logProbability }] of sentences.entries()) {
      t.true(Math.abs(score - (expected[rank]?.score ?? NaN)) < TOLERANCE);
      t.true(Math.abs(logProbability - (expected[rank]?.logProbability ?? NaN)) < TOLERANCE);
    }
  });

  if (size === 1 && lengthPenalty === 0)
    test.serial(`greedy yields what another search with one beam found: prompt '${prompt}'`, async (t) => {
      const tokens = await toArray(greedy(model, { prompt, maxLength }));
      t.deepEqual(
        tokens.map(({ id }) => id),
        best?.ids,
      );
    });
}

test.serial('none of these searches leaves a tensor behind', (t) => {
  t.is(tf.memory().numTensors, Object.keys(model.weights).length);
});
