import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { beamStates } from '../../../src/decoding/beamStates.js';
import { generateMany } from '../../../src/decoding/generateMany.js';
import { greedy } from '../../../src/decoding/greedy.js';
import { mostProbable } from '../../../src/decoding/mostProbable.js';
import { nBest } from '../../../src/decoding/nBest.js';
import { stochasticBeamSearch } from '../../../src/decoding/stochasticBeamSearch.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { objectMemoryLimit } from '../../../src/memory.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { recitation, TablePredictor } from '../../support/tablePredictor.js';
import { throwsInvalid } from '../../support/throwsInvalid.js';

const tokenizer = new CharacterTokenizer('abc');
const predictor = (): TablePredictor => new TablePredictor(tokenizer, recitation(tokenizer, 'abcab'));
const searches = { beamSearch, beamStates, nBest, stochasticBeamSearch } as const;

for (const [name, search] of Object.entries(searches)) {
  for (const size of [1e12, Number.MAX_SAFE_INTEGER])
    test(`${name}, when called: ${size} beams are an InvalidArgumentError that says what they need`, (t) => {
      t.throws(() => search(predictor(), { beams: size }), {
        instanceOf: InvalidArgumentError,
        message:
          /^Expected beams that fit into [\d,.]+ [kMGT]B of memory, got [\d,.e+]+, which take at least [\d,.e+]+ [TPE]B$/,
      });
    });

  test(`${name}: more beams than there can be hypotheses need no memory`, async (t) => {
    const few = await toArray<unknown>(search(predictor(), { beams: 100, maxLength: 5 }));
    t.deepEqual(await toArray<unknown>(search(predictor(), { beams: 1e12, maxLength: 5 })), few);
  });
}

test('hypotheses are objects: more than JavaScript has memory for are refused, also where the machine has it', (t) => {
  throwsInvalid(t, () => beamSearch(predictor(), { beams: Math.ceil(objectMemoryLimit() / 500) }), 'beams');
});

test('banned ids and a forced prefix leave fewer hypotheses', (t) => {
  t.notThrows(() => beamSearch(predictor(), { beams: 1e12, bannedIds: [4, 5], maxLength: 1000 }));
  t.notThrows(() => beamSearch(predictor(), { beams: 1e12, forcedPrefix: 'a'.repeat(996), maxLength: 1000 }));
});

test('generateMany: slots that memory has no room for are an InvalidArgumentError, unless there are few prompts', async (t) => {
  async function* prompts(): AsyncGenerator<string> {
    yield '';
  }
  throwsInvalid(
    t,
    () => generateMany(predictor(), prompts(), (shared) => greedy(shared), { concurrency: 1e12 }),
    'concurrency',
  );
  const tokens = await toArray(generateMany(predictor(), [''], (shared) => greedy(shared), { concurrency: 1e12 }));
  t.is(tokens.map(({ token }) => token.text).join(''), 'abcab');
});

test('the k most probable places are the same for any k, sorted or inserted', (t) => {
  const values = Float64Array.from({ length: 300 }, (_, place) => (place % 7 === 0 ? -Infinity : -((place * 37) % 50)));
  const all = [...values.keys()]
    .filter((place) => values[place] !== -Infinity)
    .toSorted((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
  for (const k of [1, 2, 63, 64, 65, 66, 100, 250, 257, 258, 299, 300, 301, 1e12])
    t.deepEqual(mostProbable(values, k), all.slice(0, k));
});
