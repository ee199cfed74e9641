import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { extendVocabulary } from '../../../src/model/extendVocabulary.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
import { isClose, largestError } from '../../support/closeness.js';
import { setWeight, smallModel, tokenizerOfSize, variableOf, weightsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';
import { fixtureAt } from '../../support/places.js';
import { logProbabilitiesOf, writeSaved } from '../../support/savedModels.js';

const folder = mkdtempSync(join(tmpdir(), 'babblebrook-extended-'));
test.after.always(() => rm(folder, { recursive: true }));

// Before a, between letters, behind them, and one of two UTF-16 units; `a` is there already.
const MORE = '!a\u00e9𝄞z';

/** What a model gives after each of these ids, EOS read first, of the ids in `among` alone: renormalised, in nats. */
async function amongKnown(model: LanguageModel, ids: readonly number[], among: readonly number[]): Promise<number[]> {
  const inputs = [model.tokenizer.eosId, ...ids.slice(0, -1)];
  const picked: number[] = [];
  let state: Awaited<ReturnType<LanguageModel['next']>>['state'] | undefined;
  for (const [at, input] of inputs.entries()) {
    const made = await model.next(state, Int32Array.of(state ? 0 : -1), Int32Array.of(input));
    state = made.state;
    const sum = among.reduce((total, id) => total + Math.exp(made.logProbabilities[id] ?? NaN), 0);
    picked.push((made.logProbabilities[ids[at] ?? NaN] ?? NaN) - Math.log(sum));
  }
  return picked;
}

/** The ids that a wider tokenizer has for those of another, special ones first. */
function idsOf(wider: CharacterTokenizer, known: CharacterTokenizer): number[] {
  return [0, 1, 2, ...wider.encode(known.characters)];
}

const torchModels: Record<string, { config: object; ids: number[]; logProbabilities: number[] }> = JSON.parse(
  readFileSync(fixtureAt('torch/models.json'), 'utf8'),
);
const known = tokenizerOfSize(7);

for (const [name, { config, ids, logProbabilities }] of Object.entries(torchModels))
  test(`${name}: an extended model gives the characters of before what PyTorch gives them, among themselves`, async (t) => {
    const path = await writeSaved(join(folder, name), {
      'config.json': JSON.stringify({
        ...{ format: 'babblebrook language model 1', tokenizer: 'tokenizer.json', eosId: 1, ...config },
      }),
      'model.safetensors': readFileSync(fixtureAt(`torch/models/${name}.safetensors`)),
      'tokenizer.json': JSON.stringify(known),
    });
    const loaded = await LanguageModel.load(path);
    const extended = extendVocabulary(loaded, MORE);
    loaded.dispose();
    const places = idsOf(extended.tokenizer as CharacterTokenizer, known);
    const moved = ids.map((id) => places[id] ?? NaN);
    isClose(t, await amongKnown(extended, moved, places), logProbabilities, 1e-5);

    await extended.save(`${path}-again`);
    const again = await LanguageModel.load(`${path}-again`);
    t.deepEqual(again.tokenizer.toJSON(), extended.tokenizer.toJSON());
    t.deepEqual(weightsOf(again), weightsOf(extended));
    again.dispose();
    extended.dispose();
  });

test('ids: special ones stay, all others are those of a tokenizer of all characters', (t) => {
  const model = smallModel({ cell: 'rnn' });
  const extended = extendVocabulary(model, MORE);
  t.deepEqual(extended.tokenizer.toJSON(), new CharacterTokenizer('!abcd\u00e9𝄞z').toJSON());
  t.like(extended.tokenizer, { eosId: 1, unknownId: 2, vocabularySize: 11 });
  t.deepEqual({ ...extended.config }, { ...model.config });
  model.dispose();
  extended.dispose();
});

for (const tieWeights of [false, true])
  test(`rows that are known stay, bit for bit, new ones begin as a new model's of that size${tieWeights ? ', weights tied' : ''}`, (t) => {
    const options = {
      cell: 'lstm',
      layers: 2,
      embeddingSize: 4,
      tieWeights,
      initialState: 'learned',
      seed: 3,
    } as const;
    const model = smallModel(options);
    setWeight(model, 'projectionBias', [1, 2, 3, 4, 5, 6, 7]);
    setWeight(model, 'layers.1.initialHidden', [1, 2, 3, 4]);
    const extended = extendVocabulary(model, '!z');
    const fresh = smallModel({ ...options, ...{ tokenizer: tokenizerOfSize(9) } } as never);
    const [was, is, begins] = [model, extended, fresh].map(weightsOf);
    // Pad, EOS, unknown, !, a, b, c, d, z: of the nine rows of a new model, the seven of before come first.
    const order = [0, 1, 2, 7, 3, 4, 5, 6, 8];
    const rowOf = (weights: typeof was, name: string, row: number, columns: number) =>
      weights?.[name]?.data.slice(row * columns, (row + 1) * columns);
    order.forEach((from, to) => {
      const source = from < 7 ? was : begins;
      t.deepEqual(rowOf(is, 'embedding', to, 4), rowOf(source, 'embedding', from, 4));
      t.deepEqual(is?.['projectionBias']?.data[to], from < 7 ? from + 1 : 0);
      if (tieWeights) return;
      for (let hidden = 0; hidden < 4; hidden++)
        t.is(
          is?.['projection']?.data[hidden * 9 + to],
          source?.['projection']?.data[hidden * (from < 7 ? 7 : 9) + from],
        );
    });
    for (const name of Object.keys(model.weights).filter((name) => name.startsWith('layers.')))
      t.deepEqual(is?.[name], was?.[name], name);
    for (const one of [model, extended, fresh]) one.dispose();
  });

test('without a new character it is the same model, bit for bit, and another one', async (t) => {
  const model = smallModel({ cell: 'gru' });
  const before = weightsOf(model);
  for (const nothingNew of ['', 'dab', model.tokenizer as CharacterTokenizer, '\0']) {
    const extended = extendVocabulary(model, nothingNew);
    t.deepEqual(weightsOf(extended), before);
    for (const name of Object.keys(extended.weights))
      setWeight(extended, name, new Float32Array(variableOf(extended, name).size));
    extended.dispose();
    t.deepEqual(weightsOf(model), before);
  }
  model.dispose();
});

test('a model may be extended again, and knows what it did not', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const once = extendVocabulary(model, 'é');
  const twice = extendVocabulary(once, new CharacterTokenizer('!z'));
  const [before, after] = await Promise.all(
    [model, twice].map((one) =>
      amongKnown(one, [...one.tokenizer.encode('dabba'), 1], idsOf(one.tokenizer as CharacterTokenizer, known)),
    ),
  );
  t.true(largestError(after ?? [], before ?? []) < 1e-6);
  t.is((await logProbabilitiesOf(twice, '!é')).length, 3);
  for (const one of [model, once, twice]) one.dispose();
});

test.serial('no tensor is left, whether it can be extended or not', async (t) => {
  const tokenizer = await SentencePieceTokenizer.load(fixtureAt('sentencepiece/ours-unigram.model'));
  const left = await leftBehind(() => {
    const model = smallModel({ cell: 'gru' });
    extendVocabulary(model, 'xyz').dispose();
    t.throws(() => extendVocabulary(model, 7 as never), { instanceOf: InvalidArgumentError });
    model.dispose();
    const ofPieces = new LanguageModel({ cell: 'gru', tokenizer, embeddingSize: 3, hiddenSize: 4 });
    t.throws(() => extendVocabulary(ofPieces, 'xyz'), {
      instanceOf: InvalidArgumentError,
      message: /^Expected a model whose tokens are characters, .*of type sentencepiece: with further pieces/,
    });
    ofPieces.dispose();
  });
  t.deepEqual(left, nothing);
});

test('dropout and seed of a loaded model may be others, weights stay', async (t) => {
  const model = smallModel({ cell: 'gru', dropout: 0.1, seed: 5 });
  const path = join(folder, 'dropout');
  await model.save(path);
  const changed = await LanguageModel.load(path, { dropout: 0.3, seed: 6 });
  const same = await LanguageModel.load(path);
  t.like(changed.config, { dropout: 0.3, seed: 6 });
  t.like(same.config, { dropout: 0.1, seed: 5 });
  t.deepEqual(weightsOf(changed), weightsOf(model));
  for (const one of [model, changed, same]) one.dispose();
  await t.throwsAsync(LanguageModel.load(path, { dropout: 1 }), {
    instanceOf: InvalidArgumentError,
    message: /^Expected dropout to be/,
  });
});
