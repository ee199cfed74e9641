import { closeSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { identity, lastValueFrom, type MonoTypeOperatorFunction, map, take, tap } from 'rxjs';
import {
  adam,
  appendEos,
  type Batch,
  beamSearch,
  beamStates,
  bucketByLength,
  CharacterTokenizer,
  type DecodingOptions,
  dropDuplicates,
  epochs,
  evaluate,
  generateMany,
  greedy,
  holdOut,
  LanguageModel,
  type LearningRate,
  limitLength,
  logToTensorBoard,
  maskPadding,
  nBest,
  type Pipeline,
  padBatch,
  pipeline,
  type RecurrentState,
  readText,
  sample,
  saveCheckpoints,
  score,
  sgd,
  shuffle,
  splitSentences,
  spool,
  stochasticBeamSearch,
  type TokenPredictor,
  tokenize,
  train,
} from '../../src/index.js';
import { tf } from '../../src/tf.js';
import { FaultyFileSystem } from '../support/FaultyFileSystem.js';
import { heldBy } from '../support/resources.js';
import { sweep } from '../support/sweeps.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';
import { allEnd, workersStarted } from '../support/workerThreads.js';
import '../support/ownProcess.js';

// An error is thrown at each place in turn: nothing may be left of what failed. Serial, for what one test holds, another counts.

const SENTENCES = 'We go there. They go where we go! Who goes? She will. He will not, will he? There we were. '.repeat(
  3,
);
/** The white space in the middle is longer than what is read at once, 64 KiB, so the file is open for a while. */
const TEXT = `${SENTENCES}${' '.repeat(70_000)}${SENTENCES}`;
const INJECTED = new Error('injected');

/** Everything that a place may be in. */
interface Injection {
  readonly place: string;
  readonly workers?: number;
}

/** Passes items on, but fails at the fifth where it stands at the place. */
function failAt<T>(here: string, { place }: Injection): MonoTypeOperatorFunction<T> {
  let items = 0;
  return here === place ? tap(() => failing(++items === 5)) : identity;
}

function failing(when: boolean): void {
  if (when) throw INJECTED;
}

/** A file in chunks of a hundred characters; the fifth cannot be had where this is the place. */
async function* chunksOf(path: string, isPlace: boolean): AsyncGenerator<string> {
  let chunks = 0;
  for await (const text of readText(path))
    for (let at = 0; at < text.length; at += 100) {
      failing(isPlace && ++chunks === 5);
      yield text.slice(at, at + 100);
    }
}

/** A training of everything there is, on a file, in which one place fails. */
async function training(t: ExecutionContext, injection: Injection): Promise<void> {
  const { place, workers = 1 } = injection;
  const dir = await temporaryDirectory(t);
  const file = join(dir, 'text.txt');
  writeFileSync(file, TEXT);
  const tokenizer = new CharacterTokenizer(`${SENTENCES}0123456789`);
  const model = new LanguageModel({ cell: 'gru', layers: 2, embeddingSize: 4, hiddenSize: 6, dropout: 0.5, tokenizer });
  let calls = 0;
  const onCall = <T extends object>(object: T, name: keyof T & string): void => {
    if (place !== name) return;
    const method = object[name] as (...args: unknown[]) => unknown;
    const replaced = (...args: unknown[]): unknown => {
      failing(++calls === 3);
      return method.apply(object, args);
    };
    Object.defineProperty(object, name, { value: replaced, configurable: true });
  };
  for (const name of ['encode', 'characterCount'] as const) onCall(tokenizer, name);
  for (const name of ['totalLoss', 'gates'] as const) onCall(model, name);
  const learningRate: LearningRate = ({ step }) => {
    failing(place === 'schedule' && step === 2);
    return 0.01;
  };
  const optimizer = adam({ learningRate });
  onCall(optimizer, 'update');
  const fileSystem = new FaultyFileSystem(place === 'save' ? 1 : Infinity, { kind: 'fails', code: 'ENOSPC' });

  const batches = (epoch: number, here: string): Pipeline<Batch> => {
    const at = <T>(name: string): MonoTypeOperatorFunction<T> => failAt(`${here}${name}`, injection);
    const ids = pipeline(
      chunksOf(file, place === `${here}source`),
      at('chunks that are read'),
      splitSentences(),
      at('sentences'),
      map((sentence, number) => `${sentence} ${number}`),
      holdOut({ fraction: 0.1, keep: 'train' }),
      dropDuplicates(),
      tokenize(tokenizer),
      at('ids'),
    );
    const groups = pipeline(
      ids,
      appendEos(tokenizer),
      at('sequences'),
      limitLength({ maxLength: 30 }),
      shuffle({ bufferSize: 8, seed: epoch }),
      at('shuffled sequences'),
      bucketByLength({ maxTokens: 60, poolBatches: 2 }),
      at('groups'),
    );
    return pipeline(groups, padBatch(), at('padded batches'), maskPadding(), at('batches'));
  };
  const log = logToTensorBoard(join(dir, 'log'), { every: 1, histogramsEvery: 1 });
  const checkpoints = saveCheckpoints(join(dir, 'checkpoints'), { every: 2, fileSystem });
  const afterEach = async (): Promise<void> => {
    const evaluation = await evaluate(model, batches(0, 'validation: '));
    log.validation(evaluation);
    checkpoints.report(evaluation.natsPerToken);
    failing(place === 'afterEach');
  };
  const steps = epochs(2, (epoch) => batches(epoch, ''), { afterEach }).pipe(
    place === 'a batch of another vocabulary' ? spoiled : identity,
    train(model, { optimizer, clipNorm: 1, workers }),
    failAt('steps', injection),
    log,
    failAt('logged steps', injection),
    checkpoints,
    failAt('saved steps', injection),
  );
  try {
    await t.throwsAsync(lastValueFrom(steps), place in TYPED ? { name: TYPED[place] ?? '' } : { is: INJECTED });
  } finally {
    model.dispose();
  }
  const threads = await workersStarted();
  t.is(threads.length, workers - 1);
  t.true(await allEnd(threads));
  t.deepEqual(
    readdirSync(join(dir, 'checkpoints')).filter((name) => !/^checkpoint-\d+\.safetensors$/.test(name)),
    [],
    'neither a lock nor half a file',
  );
}

/** Places whose error is not the injected one, but one of ours. */
const TYPED: Readonly<Record<string, string>> = {
  save: 'FileWriteError',
  'a batch of another vocabulary': 'InvalidArgumentError',
};

const spoiled: MonoTypeOperatorFunction<Batch & { epoch: number; index: number }> = map((batch) =>
  batch.index === 2 ? { ...batch, ids: new Int32Array(batch.ids.length).fill(999) } : batch,
);

const PIPELINE = ['source', 'chunks that are read', 'sentences', 'ids', 'sequences', 'shuffled sequences', 'groups'];
const PLACES = [
  ...[...PIPELINE, 'padded batches', 'batches'].flatMap((place) => [place, `validation: ${place}`]),
  ...['encode', 'characterCount', 'totalLoss', 'gates', 'update', 'schedule', 'afterEach', 'save'],
  ...['a batch of another vocabulary', 'steps', 'logged steps', 'saved steps'],
];

/** Checks that an action leaves nothing. */
async function leavesNothing(t: ExecutionContext, action: () => Promise<void>, kind = t.title): Promise<void> {
  const { before, after } = await heldBy(action, kind);
  t.deepEqual(after, before);
}

test.serial('what is left is seen: a tensor, a file, a timer, a listener', async (t) => {
  const ends: (() => void)[] = [];
  const leak = async (): Promise<void> => {
    const tensor = tf.zeros([2]);
    const file = openSync(import.meta.filename, 'r');
    const timer = setTimeout(() => {}, 60_000);
    const listener = (): void => {};
    process.on('exit', listener);
    ends.push(() => {
      tensor.dispose();
      closeSync(file);
      clearTimeout(timer);
      process.off('exit', listener);
    });
  };
  const { before, after } = await heldBy(leak, t.title);
  for (const end of ends) end();
  t.is(after.tensors, before.tensors + 1);
  if (process.platform === 'linux') t.is(after.files, before.files + 1);
  t.is(after.active.length, before.active.length + 1);
  t.is(after.exitListeners, before.exitListeners + 1);
});

for (const place of sweep(PLACES, (place, index) => !place.startsWith('validation') || index % 3 === 0))
  test.serial(`an error in a training, place: ${place}, leaves nothing`, (t) =>
    leavesNothing(t, () => training(t, { place }), 'training'),
  );

for (const place of sweep(['batches', 'update', 'saved steps'], (place) => place === 'update'))
  test.serial(`an error in a training on two threads, place: ${place}, leaves nothing`, (t) =>
    leavesNothing(t, () => training(t, { place, workers: 2 }), 'training on two threads'),
  );

test.serial('an error while a stream is put into a temporary file leaves nothing', async (t) => {
  const dir = await temporaryDirectory(t);
  const file = join(dir, 'text.txt');
  writeFileSync(file, TEXT);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = dir;
  try {
    await leavesNothing(t, async () => {
      await t.throwsAsync(spool(chunksOf(file, true)));
    });
    t.deepEqual(readdirSync(dir), ['text.txt']);
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
});

test.serial('an error of a consumer that iterates leaves nothing', async (t) => {
  const file = join(await temporaryDirectory(t), 'text.txt');
  writeFileSync(file, TEXT);
  await leavesNothing(t, async () => {
    const read = async (): Promise<void> => {
      for await (const _ of pipeline(readText(file), splitSentences())) failing(true);
    };
    await t.throwsAsync(read(), { is: INJECTED });
  });
});

test.serial('a training that is left after a step leaves nothing', async (t) => {
  const model = new LanguageModel({
    cell: 'lstm',
    embeddingSize: 3,
    hiddenSize: 4,
    tokenizer: new CharacterTokenizer(`${SENTENCES}0123456789`),
  });
  const file = join(await temporaryDirectory(t), 'text.txt');
  writeFileSync(file, TEXT);
  const batches = (): Pipeline<Batch> =>
    pipeline(
      readText(file),
      splitSentences(),
      tokenize(model.tokenizer),
      appendEos(model.tokenizer),
      bucketByLength({ maxTokens: 60 }),
      padBatch(),
      maskPadding(),
    );
  await leavesNothing(t, async () => {
    await lastValueFrom(epochs(1, batches).pipe(train(model, { optimizer: sgd() }), take(1)));
  });
  model.dispose();
});

// ── Decoders ──

/** A model as a decoder sees it, whose states are counted, and which fails at its third call, if it shall. */
class Predictor implements TokenPredictor<RecurrentState> {
  readonly model: LanguageModel;
  readonly live = new Set<RecurrentState>();
  readonly #place: string;
  #calls = 0;

  constructor(model: LanguageModel, place: string) {
    this.model = model;
    this.#place = place;
  }

  get tokenizer() {
    return this.model.tokenizer;
  }

  async next(state: RecurrentState | undefined, rows: Int32Array, ids: Int32Array) {
    failing(this.#place === 'predictor' && ++this.#calls === 3);
    const result = await this.model.next(state, rows, ids);
    this.live.add(result.state);
    return result;
  }

  free(state: RecurrentState): void {
    this.live.delete(state);
    this.model.free(state);
  }
}

type Decode = (predictor: Predictor, options: DecodingOptions) => AsyncIterable<unknown>;

const decoders: Readonly<Record<string, Decode>> = {
  greedy,
  sample,
  beamSearch,
  nBest,
  stochasticBeamSearch,
  beamStates,
  generateMany: (predictor, options) =>
    generateMany(predictor, ['We', 'They', ''], (part, prompt) => sample(part, { ...options, prompt }), {
      concurrency: 2,
    }),
};

for (const [name, decode] of Object.entries(decoders))
  for (const place of ['predictor', 'processor', 'consumer', 'signal'])
    for (const cell of sweep(['lstm', 'gru'] as const, (cell) => cell === 'lstm'))
      test.serial(`an error in ${name}, cell ${cell}, place: ${place}, leaves nothing`, async (t) => {
        const tokenizer = new CharacterTokenizer(`${SENTENCES}0123456789`);
        const model = new LanguageModel({ cell, embeddingSize: 4, hiddenSize: 6, tokenizer });
        await leavesNothing(
          t,
          async () => {
            const predictor = new Predictor(model, place);
            const stop = new AbortController();
            let calls = 0;
            const processors = [
              () => {
                failing(place === 'processor' && ++calls === 3);
                if (place === 'signal' && ++calls === 3) stop.abort(INJECTED);
              },
            ];
            const read = async (): Promise<void> => {
              const options = { minLength: 20, maxLength: 30, processors, signal: stop.signal };
              for await (const _ of decode(predictor, options)) failing(place === 'consumer');
            };
            await t.throwsAsync(read(), { is: INJECTED });
            t.is(predictor.live.size, 0);
          },
          `${name}, ${cell}`,
        );
        model.dispose();
      });

test.serial('an error in score leaves nothing', async (t) => {
  const model = new LanguageModel({
    cell: 'rnn',
    embeddingSize: 3,
    hiddenSize: 4,
    tokenizer: new CharacterTokenizer(`${SENTENCES}0123456789`),
  });
  await leavesNothing(t, async () => {
    const predictor = new Predictor(model, 'predictor');
    await t.throwsAsync(score(predictor, 'We go there.'), { is: INJECTED });
    t.is(predictor.live.size, 0);
  });
  model.dispose();
});
