import test from 'ava';
import { toArray } from 'ix/asynciterable';
import type { LogProbabilityProcessor } from '../../../src/decoding/LogProbabilityProcessor.js';
import { sample } from '../../../src/decoding/sample.js';
import type { TokenPredictor } from '../../../src/decoding/TokenPredictor.js';
import { InvalidArgumentError, NonFiniteError } from '../../../src/errors.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { idOf, sameEverywhere, TablePredictor, type TableState } from '../../support/tablePredictor.js';
import { decoders } from './decoders.js';

const tokenizer = new CharacterTokenizer('abc');
const id = (name: string): number => idOf(tokenizer, name);
const table = sameEverywhere(tokenizer, { pad: 0.1, unknown: 0.1, a: 0.5, b: 0.2, c: 0.1 });

const exclude =
  (...names: string[]): LogProbabilityProcessor =>
  (logProbabilities) => {
    for (const name of names) logProbabilities[id(name)] = -Infinity;
  };

/** A predictor whose log-probabilities are these, with no table behind them. */
function predicting(...logProbabilities: number[]): TokenPredictor<TableState> {
  const predictor = new TablePredictor(tokenizer, table);
  return {
    tokenizer,
    free: (state) => predictor.free(state),
    next: async (state, rows, ids) => ({
      ...(await predictor.next(state, rows, ids)),
      logProbabilities: Float32Array.from(logProbabilities),
    }),
  };
}

for (const [name, decoder] of decoders) {
  const textsWith = async (...processors: LogProbabilityProcessor[]): Promise<string[]> => {
    const options = { processors, maxLength: 3 };
    return (await toArray(decoder(new TablePredictor(tokenizer, table), options))).map((token) => token.text);
  };

  test(`${name}: a processor may change log-probabilities in place`, async (t) => {
    t.deepEqual(await textsWith(exclude('a', 'c')), ['b', 'b', 'b']);
  });

  test(`${name}: a processor may return other log-probabilities`, async (t) => {
    const others = Float32Array.of(-Infinity, -Infinity, -Infinity, -Infinity, -Infinity, 0);
    t.deepEqual(await textsWith(() => others), ['c', 'c', 'c']);
  });

  test(`${name}: processors run in the order they are given`, async (t) => {
    const seen: number[] = [];
    await textsWith(
      (logProbabilities) => logProbabilities.map((value) => value - 1),
      (logProbabilities) => void seen.push(logProbabilities[id('a')] ?? Number.NaN),
    );
    t.is(seen[0], Math.fround(Math.fround(Math.log(0.5)) - 1));
  });

  test(`${name}: a processor finds pad and unknown excluded, and all else as the model gave it`, async (t) => {
    const seen: Float32Array[] = [];
    await textsWith((logProbabilities) => void seen.push(logProbabilities.slice()));
    const [a, b, c] = [0.5, 0.2, 0.1].map(Math.log) as [number, number, number];
    t.deepEqual(seen[0], Float32Array.of(-Infinity, -Infinity, -Infinity, a, b, c));
  });

  test(`${name}: a processor sees the ids generated so far, without the prompt's`, async (t) => {
    const seen: number[][] = [];
    const options = {
      prompt: 'cc',
      maxLength: 3,
      processors: [
        exclude('b', 'c'),
        (_: Float32Array, { generatedIds }: { generatedIds: readonly number[] }) => void seen.push([...generatedIds]),
      ],
    };
    await toArray(decoder(new TablePredictor(tokenizer, table), options));
    t.deepEqual(seen, [[], [id('a')], [id('a'), id('a')]]);
  });

  test(`${name}: no processor brings pad and unknown back`, async (t) => {
    const even: LogProbabilityProcessor = (logProbabilities) => logProbabilities.map(() => -5);
    const options = { processors: [even, exclude('EOS')], maxLength: 200 };
    const tokens = await toArray(decoder(new TablePredictor(tokenizer, table), options));
    t.true(tokens.every((token) => 'abc'.includes(token.text) && token.text !== ''));
  });

  test(`${name}: logProbability is the model's, whatever the processors did`, async (t) => {
    const options = { processors: [exclude('a', 'c')], maxLength: 1 };
    const [token] = await toArray(decoder(new TablePredictor(tokenizer, table), options));
    t.is(token?.logProbability, Math.fround(Math.log(0.2)));
  });

  test(`${name}: processors never change the predictor's own array`, async (t) => {
    const values = [-Infinity, -3, -Infinity, -1, -2, -3];
    const logProbabilities = Float32Array.from(values);
    const predictor = { ...predicting(), next: async () => ({ logProbabilities, state: { prefixes: [] } }) };
    await toArray(decoder({ ...predictor, free: () => {} }, { processors: [exclude('a')], maxLength: 1 }));
    t.deepEqual(logProbabilities, Float32Array.from(values));
  });

  test(`${name}: an array that a processor returns stays as it is`, async (t) => {
    const mine = Float32Array.of(-1, -1, -1, -1, -1, -1);
    await textsWith(() => mine, exclude('EOS', 'a'));
    t.deepEqual(mine, Float32Array.of(-1, -1, -1, -1, -1, -1));
  });

  // ── What cannot be decoded ──

  test(`${name}: processors that exclude every token are a NonFiniteError that says which`, async (t) => {
    const options = { processors: [exclude('a'), exclude('EOS', 'b', 'c')] };
    const predictor = new TablePredictor(tokenizer, table);
    await t.throwsAsync(toArray(decoder(predictor, options)), {
      instanceOf: NonFiniteError,
      message:
        'Expected the highest log-probability from processors[1] to be finite, got -Infinity: it leaves no token to choose',
    });
    t.is(predictor.liveStates, 0);
  });

  for (const bad of [Number.NaN, Infinity]) {
    test(`${name}: ${bad} from a processor is a NonFiniteError`, async (t) => {
      const spoil: LogProbabilityProcessor = (logProbabilities) => void logProbabilities.fill(bad, id('b'), id('c'));
      const predictor = new TablePredictor(tokenizer, table);
      await t.throwsAsync(toArray(decoder(predictor, { processors: [spoil] })), {
        instanceOf: NonFiniteError,
        message: `Expected the highest log-probability from processors[0] to be finite, got ${bad}`,
      });
      t.is(predictor.liveStates, 0);
    });

    test(`${name}: ${bad} from the predictor is a NonFiniteError`, async (t) => {
      const predictor = predicting(-Infinity, -1, -Infinity, -1, bad, -2);
      await t.throwsAsync(toArray(decoder(predictor)), {
        instanceOf: NonFiniteError,
        message: `Expected the highest log-probability from the predictor to be finite, got ${bad}`,
      });
    });
  }

  test(`${name}: a predictor that wants nothing but pad and unknown is a NonFiniteError`, async (t) => {
    const predictor = new TablePredictor(tokenizer, sameEverywhere(tokenizer, { pad: 0.5, unknown: 0.5 }));
    await t.throwsAsync(toArray(decoder(predictor)), {
      instanceOf: NonFiniteError,
      message: /from the predictor to be finite, got -Infinity: it leaves no token to choose$/,
    });
  });

  test(`${name}: not one log-probability per id is an InvalidArgumentError, from predictor and processor`, async (t) => {
    await t.throwsAsync(toArray(decoder(predicting(-1, -1, -1))), {
      instanceOf: InvalidArgumentError,
      message: 'Expected the number of log-probabilities from the predictor to be 6, got 3 (number)',
    });
    await t.throwsAsync(
      textsWith((logProbabilities) => logProbabilities.slice(1)),
      {
        instanceOf: InvalidArgumentError,
        message: 'Expected the number of log-probabilities from processors[0] to be 6, got 5 (number)',
      },
    );
  });

  test(`${name}: a processor that throws ends the sentence with its error, and frees every state`, async (t) => {
    const failure = new Error('no more');
    const predictor = new TablePredictor(tokenizer, table);
    const fail: LogProbabilityProcessor = (_, { generatedIds }) => {
      if (generatedIds.length === 2) throw failure;
    };
    t.is(await t.throwsAsync(toArray(decoder(predictor, { processors: [exclude('EOS'), fail] }))), failure);
    t.is(predictor.liveStates, 0);
  });
}

test('sample: top-k and top-p keep the most probable of what the processors left', async (t) => {
  const options = { processors: [exclude('a')], seed: 3, maxLength: 100 };
  for (const nucleus of [{ topK: 1 }, { topP: 0.1 }]) {
    const tokens = await toArray(sample(new TablePredictor(tokenizer, table), { ...options, ...nucleus }));
    t.true(tokens.every((token) => token.text === 'b'));
  }
});
