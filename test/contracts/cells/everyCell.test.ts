import test from 'ava';
import { lastValueFrom, toArray } from 'rxjs';
import { block } from '../../../src/cells/block.js';
import { cellOf } from '../../../src/cells/cells.js';
import { hasForgetBias } from '../../../src/cells/hasForgetBias.js';
import { residual } from '../../../src/cells/residual.js';
import { greedy } from '../../../src/decoding/greedy.js';
import type { TokenPredictor } from '../../../src/decoding/TokenPredictor.js';
import { InferenceModel } from '../../../src/inference/InferenceModel.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { CELL_NAMES } from '../../../src/names.js';
import { appendEos } from '../../../src/pipeline/appendEos.js';
import { bucketByLength } from '../../../src/pipeline/bucketByLength.js';
import { epochs } from '../../../src/pipeline/epochs.js';
import { maskPadding } from '../../../src/pipeline/maskPadding.js';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { splitSentences } from '../../../src/pipeline/splitSentences.js';
import { tokenize } from '../../../src/pipeline/tokenize.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { adam } from '../../../src/training/adam.js';
import { train } from '../../../src/training/train.js';
import { collect } from '../../support/collect.js';
import { sweep } from '../../support/sweeps.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const TEXT = ['We go. ', 'We go on. ', 'We will go on. '];
const tokenizer = await CharacterTokenizer.fromStream(TEXT);

const NAMED = sweep(CELL_NAMES, (name) => ['gru', 'lstm', 'minLstm', 'rnn', 'slstm'].includes(name));
for (const cell of [...NAMED, residual('lstm'), block('minGru')])
  test.serial(`${cellOf(cell).name}: a model learns, is saved, loaded, and says what it said`, async (t) => {
    const forgetBias = hasForgetBias(cell) ? 1 : 0;
    const sizes = { embeddingSize: 12, hiddenSize: 12, layers: 2 };
    const model = new LanguageModel({ cell, tokenizer, ...sizes, bias: true, forgetBias });
    const batches = () =>
      pipeline(
        TEXT,
        splitSentences(),
        tokenize(tokenizer),
        appendEos(tokenizer),
        bucketByLength({ maxTokens: 100 }),
        padBatch(),
        maskPadding(),
      );
    const training = epochs(40, batches).pipe(train(model, { optimizer: adam({ learningRate: 2e-2 }), clipNorm: 5 }));
    const losses = (await lastValueFrom(training.pipe(toArray()))).map(({ loss }) => loss);
    const [first = 0, last = Number.NaN] = [losses[0], losses.at(-1)];
    t.true(last < first / 2, `${first} → ${last}`);

    const path = await temporaryDirectory(t);
    await model.save(path);
    const loaded = await LanguageModel.load(path);
    if (typeof cell === 'string') t.is(loaded.cell, model.cell);
    t.deepEqual(loaded.cellRecord, model.cellRecord);
    t.deepEqual(loaded.config, model.config);
    const said = async <State>(by: TokenPredictor<State>) =>
      (await collect(greedy(by, { maxLength: 20 }))).map(({ id }) => id);
    const tokens = await said(model);
    t.true(tokens.length > 0);
    t.deepEqual(await said(loaded), tokens);
    t.deepEqual(await said(await InferenceModel.load(path)), tokens);
    for (const one of [model, loaded]) one.dispose();
  });
