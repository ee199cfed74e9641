import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import {
  firstValueFrom,
  from,
  ignoreElements,
  lastValueFrom,
  map,
  type Observable,
  type OperatorFunction,
  of,
  tap,
  toArray,
} from 'rxjs';
import * as browser from '../../../src/browser.js';
import * as cluster from '../../../src/cluster.js';
import * as library from '../../../src/index.js';
import * as lab from '../../../src/lab.js';
import { completionsHandler } from '../../../src/serving.js';
import { referenceBatch } from '../../reference/weights.js';
import { comparisonFixture } from '../../support/comparisons.js';
import { smallModel, tokenizerOfSize } from '../../support/languageModels.js';
import { sequence, textIds, tokenIds } from '../../support/sequences.js';
import { markovChain, TablePredictor, type TableState } from '../../support/tablePredictor.js';

/** A public function, and how it is fuzzed. */
export interface Subject<Given = Readonly<Record<string, unknown>>> {
  /** Options and arguments that are right, of which each case changes one. What a call is about is not among them. */
  readonly given: Given;
  /** Calls the function, and uses what it gives to the end. */
  readonly call: (given: Given) => unknown;
  /** Values that are not tried: they are right, but take long, or reach for files that are not the test's. */
  readonly spare?: (name: string, value: unknown) => boolean;
}

/** Junk is passed off as what is right, which has the types. */
function subject<const Given extends object>(subject: Subject<Given>): Subject {
  return subject as unknown as Subject;
}

const tokenizer = tokenizerOfSize(7);
const shape = { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;
const batch = referenceBatch(shape, [4, 2], 1);
const windows: library.ContinuousBatch = {
  ...batch,
  before: new Int32Array(batch.size).fill(tokenizer.eosId),
  begins: new Uint8Array(batch.size).fill(1),
};
const sentences = ['ab cd. ', 'Dc ba! ', 'ab cd. ', 'a b c d a b c d?'];
const anyLetter = { a: 0.4, b: 0.2, c: 0.1, d: 0.1, EOS: 0.2 };
const chain = markovChain(tokenizer, {
  ...{ pad: anyLetter, EOS: anyLetter, unknown: anyLetter, a: anyLetter, d: anyLetter },
  b: { a: 0.1, b: 0.3, c: 0.3, EOS: 0.3 },
  c: { d: 0.5, b: 0.1, EOS: 0.4 },
});

/** A cluster whose servers are away: options are checked before anybody is asked. */
const packages = await cluster.loadNats();
const away = new Proxy({} as cluster.Cluster, {
  get: (_, name) => {
    if (name === 'packages') return packages;
    return () => {
      throw new cluster.ClusterError('away');
    };
  },
});

/** Seconds that a server is waited for. */
const IMPATIENCE = 1e-3;

/** A number that would be waited for. */
function isPatience(name: string, value: unknown): boolean {
  return name === 'patience' && typeof value === 'number' && value > IMPATIENCE;
}

/** That no server is there is not what is tried. */
async function withoutServer(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof cluster.ClusterError)) throw error;
  });
}

/** Decodes, takes up to 200 items, and sees that no state is left. */
async function decode<T>(start: (predictor: TablePredictor) => AsyncIterable<T>): Promise<void> {
  const predictor = new TablePredictor(tokenizer, chain);
  const [outcome] = await Promise.allSettled([(async () => firstItems(start(predictor)))()]);
  if (predictor.liveStates > 0) throw new Error(`${predictor.liveStates} states are left`);
  if (outcome.status === 'rejected') throw outcome.reason;
}

async function firstItems<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) if (list.push(item) === 200) break;
  return list;
}

function through<A, B>(operator: OperatorFunction<A, B>, ...items: A[]): Promise<B[]> {
  return lastValueFrom(from(items).pipe(operator, toArray()));
}

/** Lends a model to an action, and sees that its weights are finite afterwards, whatever happened. */
async function withModel<T>(action: (model: library.LanguageModel) => T | Promise<T>): Promise<T> {
  const model = smallModel({ cell: 'lstm' });
  const [outcome] = await Promise.allSettled([(async () => action(model))()]);
  const broken = Object.entries(model.weights).filter(([, weight]) => !weight.dataSync().every(Number.isFinite));
  model.dispose();
  if (broken.length > 0) throw new Error(`Weights that are not finite: ${broken.map(([name]) => name)}`);
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

/** Lends a model that is read over typed arrays. */
async function withInference<T>(action: (model: library.InferenceModel) => T | Promise<T>): Promise<T> {
  return withDirectory(async (path) => {
    await withModel((model) => model.save(path));
    return action(await library.InferenceModel.load(path));
  });
}

async function withDirectory<T>(action: (path: string) => T | Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'babblebrook-fuzz-'));
  try {
    return await action(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** Two steps of a training. */
function stepsOf(
  model: library.LanguageModel,
  options: library.TrainOptions = { optimizer: library.sgd() },
): Observable<library.TrainingStep> {
  return of(batch, batch).pipe(library.train(model, options));
}

function training(options: library.TrainOptions): Promise<unknown> {
  return withModel((model) => lastValueFrom(stepsOf(model, options)));
}

async function* batches(): AsyncGenerator<library.Batch> {
  yield batch;
  yield batch;
}

/** The options of every decoder. */
const decoding = {
  prompt: 'ab',
  maxLength: 5,
  minLength: 1,
  bannedIds: [3],
  forcedPrefix: 'b',
  stop: ['cd'],
  omitStop: true,
  processors: [library.temperature(0.5)],
  signal: new AbortController().signal,
};
const beamOptions = { ...decoding, beams: 3, lengthPenalty: 0.5 };

const modelOptions = {
  embeddingSize: 4,
  hiddenSize: 4,
  layers: 2,
  dropout: 0.5,
  tieWeights: true,
  initialState: 'learned',
  bias: true,
  forgetBias: 0,
  seed: 1,
} as const;

/** A path that a case made up may lead anywhere. */
const isForeignPath = (value: unknown): boolean => typeof value === 'string' && /[/*?{}()[\]~\\]|\.\./.test(value);
const sparePaths = (name: string, value: unknown): boolean =>
  ['dir', 'path', 'source'].includes(name) && isForeignPath(value);

/** Each starts a thread. */
const isManyWorkers = (name: string, value: unknown): boolean =>
  name === 'workers' && typeof value === 'number' && value > 1;

/** A state to resume from, of the model that every row has. */
const resumeFrom = await withModel((model) =>
  firstValueFrom(stepsOf(model, { optimizer: library.adam() }).pipe(map((step) => step.state()))),
);

const pieces = await library.SentencePieceTokenizer.train(sentences, { vocabularySize: 12 });

/** Every function and class that `src/index.ts`, `src/lab.ts` and `src/serving.ts` export, by name; methods as `LanguageModel.load`. */
/** A function of expressions, in a cell that uses what it gives. */
function ofExpression(make: (operand: library.Expression) => library.Expression): Subject {
  return subject({
    given: { operand: 'an expression' },
    call: ({ operand }) =>
      library
        .cell({
          ...cellParts,
          step({ x, hidden }) {
            const made = make(operand === 'an expression' ? hidden : (operand as never));
            return { output: hidden, state: { hidden }, gates: { made: made.times(x) } };
          },
        })
        .trace({ input: 4, hidden: 4, bias: true }),
  });
}

const cellParts = {
  name: 'mine',
  state: ({ hidden }: { hidden: number }) => ({ hidden }),
  weights: ({ input, hidden }: { input: number; hidden: number }) => ({ inputWeights: [input, hidden] as const }),
};

export const SUBJECTS: Readonly<Record<string, Subject>> = {
  cell: subject({
    given: {
      ...cellParts,
      ...{ version: 2, source: 'nowhere', bias: true },
      step: ({ x, hidden, inputWeights }: Record<'x' | 'hidden' | 'inputWeights', library.Expression>) => ({
        output: hidden,
        state: { hidden: hidden.plus(x.dot(inputWeights)) },
      }),
    },
    call: (given) => new library.LanguageModel({ ...modelOptions, cell: library.cell(given), tokenizer }).dispose(),
    // Without them, this step fails by itself; test/unit/cells/errors.test.ts has other names and sizes.
    spare: (name, value) => (name === 'state' || name === 'weights') && typeof value === 'function',
  }),
  exp: ofExpression(library.exp),
  join: ofExpression((a) => library.join(a, a).columns(2, 6)),
  layerNorm: ofExpression(library.layerNorm),
  logSigmoid: ofExpression(library.logSigmoid),
  maximum: ofExpression((a) => library.maximum(a, 0.5)),
  'maximum of two': ofExpression((a) => library.maximum(a, a)),
  minimum: ofExpression((a) => library.minimum(a, 0.5)),
  negate: ofExpression(library.negate),
  oneMinus: ofExpression(library.oneMinus),
  relu: ofExpression(library.relu),
  rmsNorm: ofExpression(library.rmsNorm),
  rowMean: ofExpression(library.rowMean),
  rowSum: ofExpression(library.rowSum),
  sigmoid: ofExpression(library.sigmoid),
  softplus: ofExpression(library.softplus),
  squareRoot: ofExpression(library.squareRoot),
  tanh: ofExpression(library.tanh),
  // Cells
  cellOf: subject({ given: { given: 'lstm' }, call: ({ given }) => library.cellOf(given) }),
  hasForgetBias: subject({
    given: { cell: library.lstm, input: 3, hidden: 4, bias: true },
    call: ({ cell, ...sizes }) => library.hasForgetBias(cell, sizes),
  }),
  hasRecurrentWeights: subject({
    given: { cell: library.lstm, input: 3, hidden: 4, bias: true },
    call: ({ cell, ...sizes }) => library.hasRecurrentWeights(cell, sizes),
  }),
  residual: subject({ given: { given: 'gru' }, call: ({ given }) => library.residual(given as 'gru') }),
  block: subject({
    given: { given: 'minGru', expansion: 1.5 },
    call: ({ given, ...options }) => library.block(given as 'minGru', options),
  }),
  cellOfRecord: subject({ given: { ...resumeFrom.cell }, call: (given) => library.cellOfRecord(given) }),

  // Decoding
  greedy: subject({ given: decoding, call: (given) => decode((predictor) => library.greedy(predictor, given)) }),
  sample: subject({
    given: {
      ...{ ...decoding, temperature: 0.7, topK: 3, topP: 0.9, minP: 0.1 },
      ...{ repetitionPenalty: 1.1, noRepeatNgram: 3, seed: 1 },
    },
    call: (given) => decode((predictor) => library.sample(predictor, given)),
  }),
  beamSearch: subject({
    given: beamOptions,
    call: (given) => decode((predictor) => library.beamSearch(predictor, given)),
  }),
  beamStates: subject({
    given: beamOptions,
    call: (given) => decode((predictor) => library.beamStates(predictor, given)),
  }),
  beamTree: subject({
    given: beamOptions,
    call: (given) => decode((predictor) => library.beamTree(predictor, given)),
  }),
  nBest: subject({ given: { ...beamOptions, count: 2 }, call: (given) => decode((one) => library.nBest(one, given)) }),
  stochasticBeamSearch: subject({
    given: { ...decoding, beams: 3, seed: 1, temperature: 0.7 },
    call: (given) => decode((predictor) => library.stochasticBeamSearch(predictor, given)),
  }),
  generateMany: subject({
    given: { prompts: ['a', 'b'], slots: 2, signal: decoding.signal },
    call: ({ prompts, ...options }) =>
      decode((predictor) => library.generateMany(predictor, prompts, greedyFrom, options)),
  }),
  averageOf: subject({
    given: { models: 2 },
    call: ({ models }) =>
      decode(async function* (predictor) {
        const members = models === 2 ? [predictor, predictor] : models;
        yield* library.greedy(library.averageOf(members as unknown as (typeof predictor)[]), { maxLength: 3 });
      }),
  }),
  mixtureOf: subject({
    given: { models: 2, weights: [0.75, 0.25] },
    call: ({ models, weights }) =>
      decode(async function* (predictor) {
        const members = models === 2 ? [predictor, predictor] : models;
        yield* library.greedy(library.mixtureOf(members as unknown as (typeof predictor)[], weights), { maxLength: 3 });
      }),
  }),
  ngramModel: subject({
    given: { tokenizer, text: [sequence(3, 4, 1), batch], order: 2 },
    call: async ({ tokenizer, text, order }) => {
      const counted = await library.ngramModel(tokenizer, text, { order });
      return counted.next(undefined, Int32Array.of(-1), Int32Array.of(1));
    },
  }),
  score: subject({
    given: { sentence: 'abc', prompt: 'a', end: false, signal: decoding.signal },
    call: ({ sentence, ...options }) =>
      decode(async function* (predictor) {
        yield await library.score(predictor, sentence, options);
      }),
  }),
  minP: subject({ given: { p: 0.1 }, call: ({ p }) => apply(library.minP(p)) }),
  noRepeatNgram: subject({ given: { n: 2 }, call: ({ n }) => apply(library.noRepeatNgram(n)) }),
  repetitionPenalty: subject({ given: { x: 1.5 }, call: ({ x }) => apply(library.repetitionPenalty(x)) }),
  temperature: subject({ given: { x: 0.5 }, call: ({ x }) => apply(library.temperature(x)) }),
  topK: subject({ given: { k: 2 }, call: ({ k }) => apply(library.topK(k)) }),
  topP: subject({ given: { p: 0.5 }, call: ({ p }) => apply(library.topP(p)) }),

  // Models
  useBackend: subject({ given: { name: 'cpu' }, call: ({ name }) => keepingBackend(() => library.useBackend(name)) }),
  tuneBackend: subject({ given: { task: 'decoding' }, call: ({ task }) => library.tuneBackend(task) }),
  backendReport: subject({ given: {}, call: library.backendReport }),
  LanguageModel: subject({
    given: { cell: 'lstm', ...modelOptions },
    call: (given) => new library.LanguageModel({ tokenizer, ...given }).dispose(),
  }),
  'LanguageModel.totalLoss': subject({
    given: { batch, dropoutPlace: { epoch: 0, index: 0 }, objective: { labelSmoothing: 0.1 } },
    call: ({ batch, dropoutPlace, objective }) =>
      withModel((model) => finite(model.totalLoss(batch, dropoutPlace, objective))),
  }),
  'LanguageModel.lossAndState': subject({
    given: { batch: windows, state: undefined, dropoutPlace: { epoch: 0, index: 0 }, objective: {} },
    call: ({ batch, ...options }) => withModel((model) => finite(model.lossAndState(batch, options).loss)),
  }),
  'LanguageModel.gates': subject({
    given: { batch, state: undefined },
    call: ({ batch, state }) =>
      withModel((model) => {
        for (const gates of model.gates(batch, { state })) for (const gate of Object.values(gates)) gate.dispose();
      }),
  }),
  'LanguageModel.next': subject({
    given: { rows: Int32Array.of(-1, -1), ids: Int32Array.of(1, 3), state: undefined },
    call: ({ rows, ids, state }) => withModel((model) => model.next(state, rows, ids)),
  }),
  'LanguageModel.read': subject({
    given: { row: -1, ids: Int32Array.of(1, 3), state: undefined },
    call: ({ row, ids, state }) => withModel((model) => model.read(state, row, ids)),
  }),
  'LanguageModel.save': subject({
    given: { path: 'model', metrics: { loss: 1.5, corpus: 'a.txt' }, precision: 'float16' },
    call: ({ path, ...options }) => inDirectory(() => withModel((model) => model.save(path, options))),
    spare: sparePaths,
  }),
  'LanguageModel.load': subject({
    given: { path: 'model', tokenizer, dropout: 0.5, seed: 2 },
    call: ({ path, ...options }) =>
      inDirectory(async () => {
        await withModel((model) => model.save('model'));
        (await library.LanguageModel.load(path, options)).dispose();
      }),
    spare: sparePaths,
  }),
  'InferenceModel.load': subject({
    given: { source: 'model', tokenizer, kernel: 'plain', onProgress: () => {} },
    call: ({ source, ...options }) =>
      inDirectory(async () => {
        await withModel((model) => model.save('model'));
        await library.InferenceModel.load(source, options);
      }),
    spare: sparePaths,
  }),
  'InferenceModel.next': subject({
    given: { rows: Int32Array.of(-1, -1), ids: Int32Array.of(1, 3), state: undefined },
    call: ({ rows, ids, state }) => withInference((model) => model.next(state, rows, ids)),
  }),
  'InferenceModel.read': subject({
    given: { row: -1, ids: Int32Array.of(1, 3), state: undefined },
    call: ({ row, ids, state }) => withInference((model) => model.read(state, row, ids)),
  }),
  'InferenceModel.pinned': subject({
    given: { layer: 0, gate: 'forget', unit: 1, value: 0.5 },
    call: ({ layer, gate, unit, value }) =>
      withInference((model) =>
        model.pinned([{ layer, gate, unit, value }]).next(undefined, Int32Array.of(-1), Int32Array.of(3)),
      ),
  }),
  'InferenceModel.pinned by a list': subject({
    given: { pins: [{ layer: 0, gate: 'hidden', value: 0 }] },
    call: ({ pins }) => withInference((model) => void model.pinned(pins)),
  }),
  'InferenceModel.score': subject({
    given: { sentence: 'abc', prompt: 'd' },
    call: ({ sentence, prompt }) => withInference((model) => model.score(sentence, { prompt })),
  }),
  'InferenceModel.totals': subject({
    given: { sentences: ['ab', 'cd'] },
    call: ({ sentences }) => withInference((model) => model.totals(sentences)),
  }),
  'InferenceModel.activations': subject({
    given: { text: 'abc' },
    call: ({ text }) => withInference((model) => model.activations(text)),
  }),
  'InferenceModel.connectivity': subject({
    given: { text: 'abc', at: 1 },
    call: ({ text, at }) => withInference((model) => model.connectivity(text, at)),
  }),
  InferenceState: subject({ given: {}, call: () => new library.InferenceState(1, new Float32Array(4)).rows }),
  extendVocabulary: subject({
    given: { characters: 'xyz' },
    call: ({ characters }) => withModel((model) => library.extendVocabulary(model, characters).dispose()),
  }),
  'extendVocabulary by a tokenizer': subject({
    given: { characters: new library.CharacterTokenizer('xyz') },
    call: ({ characters }) => withModel((model) => library.extendVocabulary(model, characters).dispose()),
  }),
  parameterCount: subject({
    given: { cell: 'lstm', ...modelOptions, vocabularySize: 7 },
    call: ({ vocabularySize, ...options }) => library.parameterCount(options, vocabularySize),
  }),
  equationOf: subject({
    given: { cell: 'gru', notation: 'latex', input: 3, hidden: 4, bias: true },
    call: ({ cell, notation, ...sizes }) => library.equationOf(cell, notation, sizes),
  }),
  memoryLimit: subject({ given: {}, call: () => library.memoryLimit() }),
  checkModelSize: subject({
    given: { cell: 'lstm', ...modelOptions, vocabularySize: 7, memory: 1e6 },
    call: ({ vocabularySize, memory, ...options }) => library.checkModelSize(options, vocabularySize, memory),
  }),
  trainingBytes: subject({
    given: { cell: 'gru', ...modelOptions, vocabularySize: 7, batchTokens: 100, slots: 2, workers: 2 },
    call: ({ vocabularySize, batchTokens, slots, workers, ...options }) =>
      library.trainingBytes(options, vocabularySize, { batchTokens, slots, workers }),
  }),
  checkTrainingSize: subject({
    given: { cell: 'gru', ...modelOptions, vocabularySize: 7, batchTokens: 100, slots: 2, workers: 2, memory: 1e9 },
    call: ({ vocabularySize, batchTokens, slots, workers, memory, ...options }) =>
      library.checkTrainingSize(options, vocabularySize, { batchTokens, slots, workers }, memory),
  }),
  checkSavedSize: subject({
    given: { cell: 'gru', ...modelOptions, vocabularySize: 7, copies: 3 },
    call: ({ vocabularySize, copies, ...options }) => library.checkSavedSize(options, vocabularySize, copies),
  }),
  hiddenSizeFor: subject({
    given: { parameters: 500, cell: 'gru', layers: 1, vocabularySize: 7, embeddingSize: 3 },
    call: ({ parameters, vocabularySize, ...options }) => library.hiddenSizeFor(parameters, options, vocabularySize),
  }),

  // Sources and pipelines
  readText: subject({
    given: { source: ['text.txt', '*.txt'] },
    call: ({ source }) => inDirectory(() => firstItems(library.readText(source))),
    spare: (_, value) => isForeignPath(value) || (Array.isArray(value) && value.some(isForeignPath)),
  }),
  'readText with records': subject({
    given: { field: 'text', format: '.jsonl', onBad: 'skip', stats: { badRecords: 0 } },
    call: (given) => inDirectory(() => firstItems(library.readText('text.txt', given))),
  }),
  readDocuments: subject({
    given: { source: ['text.txt', '*.txt'], field: 'text', onBad: 'error', stats: { badRecords: 0 } },
    call: ({ source, ...options }) => inDirectory(() => firstItems(library.readDocuments(source, options))),
    spare: (_, value) => isForeignPath(value) || (Array.isArray(value) && value.some(isForeignPath)),
  }),
  readJsonLines: subject({
    given: { field: 'text', onBad: 'skip', stats: { badRecords: 0 } },
    call: (given) => inDirectory(() => firstItems(library.readJsonLines('text.txt', given))),
  }),
  connectCluster: subject({
    given: { name: 'fuzz', replicas: 1, patience: IMPATIENCE, nats: {} },
    // Nobody answers there; other servers are not the test's.
    call: (given) => withoutServer(cluster.connectCluster({ ...given, url: 'nats://127.0.0.1:1' })),
    spare: (name, value) => isPatience(name, value) || (name === 'nats' && typeof value === 'object' && value !== null),
  }),
  joinRounds: subject({
    given: {
      every: 1,
      outer: cluster.nesterov(),
      open: 1,
      float16: false,
      batches,
      name: 'fuzz',
      replicas: 1,
      patience: IMPATIENCE,
    },
    call: (given) => withoutServer(cluster.joinRounds({ ...given, url: 'nats://127.0.0.1:1' })),
    spare: isPatience,
  }),
  nesterov: subject({ given: { learningRate: 0.5, momentum: 0.5 }, call: (given) => cluster.nesterov(given) }),
  shardFiles: subject({
    given: { sources: ['text.txt'], bytes: 10, lease: 10, field: undefined, format: '.txt', onBad: 'error' },
    call: ({ sources, ...options }) => withoutServer(cluster.shardFiles(away, sources, options)),
  }),
  shardPartitions: subject({
    given: { lease: 10 },
    call: (given) => withoutServer(cluster.shardPartitions(away, away, given)),
  }),
  fromJetStream: subject({
    given: { open: 1, attempts: 1, retryDelay: 1, signal: undefined },
    call: (given) => cluster.fromJetStream(away, given),
  }),
  mapLeases: subject({ given: { project: () => [] as never }, call: ({ project }) => cluster.mapLeases(project) }),
  toJetStream: subject({
    given: { encode: JSON.stringify, partitions: 2 },
    call: (given) => cluster.toJetStream(away, given),
  }),
  toFiles: subject({
    given: { directory: 'out', encode: JSON.stringify, suffix: '.jsonl' },
    call: ({ directory, ...options }) => cluster.toFiles(away, directory, options),
  }),
  readResults: subject({
    given: { partition: 1, decode: JSON.parse },
    call: (given) => withoutServer(firstItems(cluster.readResults(away, given))),
  }),
  jobPieces: subject({
    given: { atMost: 2 },
    call: (given) => withoutServer(firstItems(cluster.jobPieces(away, given))),
  }),
  clusterStatus: subject({ given: {}, call: () => withoutServer(cluster.clusterStatus(away)) }),
  keepOnce: subject({
    given: { name: 'fuzz', value: 1 },
    call: ({ name, value }) => withoutServer(cluster.keepOnce(away, name, value)),
  }),
  keptValue: subject({ given: { name: 'fuzz' }, call: ({ name }) => withoutServer(cluster.keptValue(away, name)) }),
  loadNats: subject({ given: {}, call: () => cluster.loadNats() }),
  registerFormat: subject({
    // Of a suffix that no other row reads.
    given: { suffix: '.fuzz', format: { records: () => [] as never } },
    call: ({ suffix, format }) => library.registerFormat(suffix, format),
    spare: (name, value) => name === 'suffix' && typeof value === 'string' && /^\.(txt|gz)$/i.test(value),
  }),
  holdOutEnds: subject({
    given: { source: sentences, fraction: 0.5, keep: 'valid' },
    call: ({ source, ...options }) => firstItems(library.holdOutEnds(source, options)),
  }),
  spool: subject({
    given: { source: 'text.txt', format: '.txt', maxBytes: 1000 },
    call: ({ source, ...options }) => inDirectory(async () => (await library.spool(source, options)).remove()),
    spare: sparePaths,
  }),
  pipeline: subject({
    given: { source: sentences, operator: library.holdOut({ fraction: 0, keep: 'train' }) },
    // Whatever a source gives is right for this operator.
    call: ({ source, operator }) => firstItems(library.pipeline(source, ignoreElements(), operator)),
  }),
  Pipeline: subject({
    given: { source: sentences, operators: [] },
    call: ({ source, operators }) => firstItems(new library.Pipeline(source, operators)),
  }),
  epochs: subject({
    given: { count: 2, batches, afterEach: () => {}, resumeAt: { epoch: 1, index: 1 } },
    call: ({ count, batches, ...options }) => firstItems(library.epochs(count, batches, options)),
  }),
  splitSentences: subject({
    given: { locale: 'de', lineBreaks: 'paragraph' },
    call: (given) => through(library.splitSentences(given), ...sentences),
  }),
  splitLines: subject({ given: {}, call: () => through(library.splitLines(), ...sentences) }),
  dropDuplicates: subject({
    given: { stats: { duplicates: 0 } },
    call: (given) => through(library.dropDuplicates(given), ...sentences),
  }),
  holdOut: subject({
    given: { fraction: 0.5, seed: 1, keep: 'valid' },
    call: (given) => through(library.holdOut(given), ...sentences),
  }),
  holdOutPlace: subject({
    given: { sentence: 'Yes.', seed: 1 },
    call: ({ sentence, seed }) => library.holdOutPlace(sentence, seed),
  }),
  tokenize: subject({ given: {}, call: () => through(library.tokenize(tokenizer), ...sentences) }),
  tokenizeText: subject({
    given: { tokenizer, chunk: { text: 'ab\n', end: true } },
    call: ({ tokenizer, chunk }) => through(library.tokenizeText(tokenizer), chunk, 'a'),
  }),
  batchWindows: subject({
    given: { size: 2, length: 2, run: 3, seed: 1, warmUp: 2 },
    call: (given) => through(library.batchWindows(tokenizer, given), textIds(3, 4, 5, 3, 4, 1)),
  }),
  appendEos: subject({ given: {}, call: () => through(library.appendEos(tokenizer), tokenIds(3, 4)) }),
  limitLength: subject({
    given: { maxLength: 2, onLong: 'drop', stats: { split: 0, truncated: 0, dropped: 0 } },
    call: (given) => through(library.limitLength(given), sequence(3, 4, 1), sequence(1)),
  }),
  shuffle: subject({
    given: { bufferSize: 2, seed: 1 },
    call: (given) => through(library.shuffle(given), 1, 2, 3),
  }),
  bucketByLength: subject({
    given: { maxTokens: 4, poolBatches: 2, onLong: 'alone' },
    call: (given) => through(library.bucketByLength(given), sequence(3, 4, 1), sequence(1)),
  }),
  padBatch: subject({ given: {}, call: () => through(library.padBatch(), [sequence(3, 1), sequence(1)]) }),
  maskPadding: subject({ given: {}, call: () => through(library.maskPadding(), batch) }),
  sequencesOf: subject({ given: {}, call: () => [...library.sequencesOf(batch)] }),
  PipelineStats: subject({
    given: {},
    call: () => through(new library.PipelineStats().countBatches<library.Batch>(), batch),
  }),
  random: subject({
    given: { seed: 1, purpose: 'test' },
    call: ({ seed, purpose }) => library.random(seed, purpose).uniform(1),
  }),

  // Text
  CharacterTokenizer: subject({
    given: { characters: 'abc' },
    call: ({ characters }) => new library.CharacterTokenizer(characters).encode('abc'),
  }),
  'CharacterTokenizer.fromStream': subject({
    given: { text: sentences, minCount: 1 },
    call: ({ text, ...options }) => library.CharacterTokenizer.fromStream(text, options),
  }),
  'CharacterTokenizer.fromJSON': subject({
    given: { json: { type: 'characters', characters: 'abc' } },
    call: ({ json }) => library.CharacterTokenizer.fromJSON(json),
  }),
  'PieceTokenizer.load': subject({
    given: { model: pieces.bytes },
    call: ({ model }) => library.PieceTokenizer.load(model),
  }),
  'PieceTokenizer.fromJSON': subject({
    given: { json: pieces.toJSON() },
    call: ({ json }) => library.PieceTokenizer.fromJSON(json),
  }),
  loadPieceTokenizer: subject({
    given: { model: pieces.bytes },
    call: ({ model }) => browser.loadPieceTokenizer(model),
  }),
  loadSentenceSplitter: subject({
    given: { locale: 'de', lineBreaks: 'paragraph' },
    call: async (options) => (await browser.loadSentenceSplitter(options)).push('A. B. C'),
  }),
  'tokenizerFromJSON of browsers': subject({
    given: { json: { type: 'characters', characters: 'abc' } },
    call: ({ json }) => browser.tokenizerFromJSON(json),
  }),
  'SentencePieceTokenizer.train': subject({
    given: {
      ...{ vocabularySize: 12, model: 'bpe', byteFallback: false, characterCoverage: 1, maxPieceLength: 4 },
      ...{ seedSize: 50, shrinkingFactor: 0.7, iterations: 1, onProgress: () => {}, signal: decoding.signal },
    },
    call: (given) => library.SentencePieceTokenizer.train(sentences, given),
  }),
  'SentencePieceTokenizer.load': subject({
    given: { model: pieces.bytes },
    call: ({ model }) => inDirectory(() => library.SentencePieceTokenizer.load(model)),
    spare: (_, value) => isForeignPath(value),
  }),
  'SentencePieceTokenizer.fromJSON': subject({
    given: { json: pieces.toJSON() },
    call: ({ json }) => library.SentencePieceTokenizer.fromJSON(json),
  }),
  unknownCharacters: subject({
    given: { text: sentences, tokenizer },
    call: ({ text, tokenizer }) => library.unknownCharacters(text, tokenizer),
  }),
  SentenceSplitter: subject({
    given: { locale: 'fr', lineBreaks: 'space' },
    call: (given) => new library.SentenceSplitter(given).push('Oui. Non.'),
  }),
  tokenizerFromJSON: subject({
    given: { json: { type: 'characters', characters: 'abc' } },
    call: ({ json }) => library.tokenizerFromJSON(json),
  }),

  // Training
  train: subject({
    given: { optimizer: library.adam(), clipNorm: 1, workers: 1, carryState: false, resumeFrom },
    call: (given) => training(given),
    spare: isManyWorkers,
  }),
  Trainer: subject({
    given: {
      optimizer: library.adam(),
      clipNorm: 1,
      workers: 1,
      averageDecay: undefined,
      labelSmoothing: 0.1,
      pastDecode: 0,
      resumeFrom,
    },
    call: (given) =>
      withModel(async (model) => {
        using trainer = new library.Trainer(model, given);
        trainer.step(batch);
        return trainer.state();
      }),
    spare: isManyWorkers,
  }),
  'train on a batch': subject({
    given: { batch: { ...batch, epoch: 0, index: 0 } },
    call: ({ batch }) =>
      withModel((model) => lastValueFrom(of(batch).pipe(library.train(model, { optimizer: library.sgd() })))),
    spare: (_, value) => typeof value !== 'object' || value === null,
  }),
  adam: subject({
    given: { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, l2: 0.1 },
    call: (given) => training({ optimizer: library.adam(given) }),
  }),
  adamW: subject({
    given: { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
    call: (given) => training({ optimizer: library.adamW(given) }),
  }),
  defaultWorkers: subject({ given: { maxTokens: 6400 }, call: ({ maxTokens }) => library.defaultWorkers(maxTokens) }),
  'adam with a schedule': subject({
    given: { learningRate: () => 1e-3 },
    call: (given) => training({ optimizer: library.adam(given) }),
  }),
  rmsProp: subject({
    given: { learningRate: 1e-3, alpha: 0.9, epsilon: 1e-8, momentum: 0.5 },
    call: (given) => training({ optimizer: library.rmsProp(given) }),
  }),
  sgd: subject({
    given: { learningRate: 0.1, momentum: 0.5 },
    call: (given) => training({ optimizer: library.sgd(given) }),
  }),
  dropoutPlaces: subject({ given: { dropout: 0.5 }, call: ({ dropout }) => library.dropoutPlaces(dropout) }),
  plateau: subject({
    given: { learningRate: 0.1, factor: 0.5, patience: 1, minimum: 0.01, loss: 2 },
    call: ({ loss, ...options }) => {
      const schedule = library.plateau(options);
      for (let i = 0; i < 3; i++) schedule.report(loss);
      return training({ optimizer: library.sgd({ learningRate: schedule }) });
    },
  }),
  warmupCosine: subject({
    given: { learningRate: 0.1, over: { steps: 10 }, warmup: 0.1, final: 0.1 },
    call: (given) =>
      training({
        optimizer: library.sgd({ learningRate: library.warmupCosine(given) }),
      }),
  }),
  evaluate: subject({
    given: { batch },
    call: ({ batch }) => withModel((model) => library.evaluate(model, library.pipeline([batch]))),
  }),
  fitTemperature: subject({
    given: { batch },
    call: ({ batch }) => withModel((model) => library.fitTemperature(model, library.pipeline([batch]))),
  }),
  fitWeights: subject({
    given: { models: 2, batch },
    call: ({ models, batch }) => {
      const predictor = new TablePredictor(tokenizer, () => new Float64Array(7).fill(1 / 7));
      const members = models === 2 ? [predictor, predictor] : models;
      return library.fitWeights(members as unknown as (typeof predictor)[], library.pipeline([batch]));
    },
  }),
  EpochTotals: subject({ given: {}, call: () => new library.EpochTotals().summary() }),
  saveCheckpoints: subject({
    given: { dir: 'checkpoints', every: 1, keep: 1, notes: () => ({ a: 1 }) },
    call: ({ dir, ...options }) =>
      inDirectory(() =>
        withModel((model) => lastValueFrom(stepsOf(model).pipe(library.saveCheckpoints(dir, options)))),
      ),
    // A function that gives what JSON has no form for fails as JSON.stringify does.
    spare: (name, value) => sparePaths(name, value) || (name === 'notes' && typeof value === 'function'),
  }),
  bestCheckpoint: subject({
    given: { dir: 'nowhere' },
    call: ({ dir }) => inDirectory(() => library.bestCheckpoint(dir)),
    spare: sparePaths,
  }),
  latestCheckpoint: subject({
    given: { dir: 'nowhere' },
    call: ({ dir }) => inDirectory(() => library.latestCheckpoint(dir)),
    spare: sparePaths,
  }),

  // Monitoring
  logToTensorBoard: subject({
    given: { dir: 'log', every: 1, histogramsEvery: 1, settings: { corpus: 'a.txt', rate: 1, on: true } },
    call: ({ dir, ...options }) =>
      inDirectory(() =>
        withModel((model) => lastValueFrom(stepsOf(model).pipe(library.logToTensorBoard(dir, options)))),
      ),
    spare: sparePaths,
  }),
  'logToTensorBoard().text': subject({
    given: { tag: 'sample', text: 'We will.', step: 1 },
    call: ({ tag, text, step }) => withDirectory((dir) => library.logToTensorBoard(dir).text(tag, text, step)),
  }),
  'logToTensorBoard().scalar': subject({
    given: { tag: 'loss', value: 1.5, step: 1 },
    call: ({ tag, value, step }) => withDirectory((dir) => library.logToTensorBoard(dir).scalar(tag, value, step)),
  }),
  gradientFlow: subject({
    given: { batch, maxDistance: 3, endPoints: 4, probes: 1, seed: 1 },
    call: ({ batch, ...options }) => withModel((model) => lab.gradientFlow(model, batch, options)),
  }),
  flowSnapshot: subject({
    given: {},
    call: () => withModel((model) => lab.flowSnapshot(model, batch, 'before training')),
  }),
  gateHistograms: subject({
    given: {},
    call: () => withModel((model) => lastValueFrom(stepsOf(model).pipe(tap(lab.gateHistograms)))),
  }),
  measureTraining: subject({
    given: {
      optimizer: library.sgd(),
      clipNorm: 1,
      workers: 1,
      evaluateEvery: 1,
      until: { epochs: 1 },
      chargedSpeed: 9,
    },
    call: (given) =>
      withModel((model) =>
        lab.measureTraining(model, { ...given, batches, validBatches: { [Symbol.asyncIterator]: batches } }),
      ),
    spare: isManyWorkers,
  }),
  readSentences: subject({
    given: { sentencePerLine: false, dropDuplicates: true, locale: 'en', lineBreaks: 'space' },
    call: (given) => inDirectory(() => firstItems(library.readSentences('text.txt', given))),
  }),
  batchSentences: subject({
    given: { maxTokens: 12, maxLength: 6, seed: 1, stats: undefined },
    call: (given) => firstItems(library.batchSentences(['ab', 'abab'], tokenizer, given)),
  }),
  'prepareText with a tokenizer of its own': subject({
    given: { tokenizer: () => tokenizer },
    call: (given) =>
      inDirectory(async () => firstItems((await library.prepareText({ ...given, corpus: 'text.txt' })).batches(1))),
  }),
  prepareText: subject({
    given: {
      ...{ holdOut: 0.5, maxTokens: 12, maxLength: 6, seed: 1, tokenizer: 'characters', validation: undefined },
      ...{ sentencePerLine: false, dropDuplicates: false, locale: 'en', lineBreaks: 'space', onBad: 'error' },
    },
    call: (given) =>
      inDirectory(async () => firstItems((await library.prepareText({ ...given, corpus: 'text.txt' })).batches(1))),
    spare: (name, value) => name === 'validation' && sparePaths(name, value),
  }),
  prepareContinuousText: subject({
    given: {
      ...{ holdOut: 0.5, rows: 2, window: 3, run: 10, seed: 1, tokenizer: 'characters', validation: undefined },
    },
    call: (given) =>
      inDirectory(async () =>
        firstItems((await library.prepareContinuousText({ ...given, corpus: 'text.txt' })).batches(1)),
      ),
    spare: (name, value) => name === 'validation' && sparePaths(name, value),
  }),
  passagesOf: subject({ given: { maxBytes: 9 }, call: (given) => library.passagesOf(batches(), tokenizer, given) }),
  fit: subject({
    given: {
      ...{ optimizer: library.sgd(), clipNorm: 1, workers: 1, until: { epochs: 1 }, checkpointEvery: 1, notes: {} },
      ...{
        evaluateEvery: 1,
        fitTemperature: false,
        fingerprint: 'abc',
        validBatches: { [Symbol.asyncIterator]: batches },
      },
      ...{ run: undefined, resumeFrom: undefined, monitor: undefined, afterEvaluation: undefined, signal: undefined },
    },
    call: (given) => withModel((model) => lastValueFrom(library.fit(model, { ...given, batches }))),
    spare: isManyWorkers,
  }),
  RunDirectory: subject({
    given: { path: 'run', mode: 'resume', settings: {} },
    call: ({ path, ...options }) => inDirectory(async () => (await library.RunDirectory.open(path, options)).close()),
    spare: sparePaths,
  }),
  textOf: subject({
    given: {},
    call: () =>
      decode(async function* (predictor) {
        yield await library.textOf(library.greedy(predictor, { maxLength: 5 }));
      }),
  }),
  compareCells: subject({
    given: {
      ...{ cells: ['rnn'], budget: { epochs: 1 }, match: 'parameters', maxTokens: 12, hiddenSize: 4, embeddingSize: 3 },
      ...{ layers: 1, dropout: 0, optimizer: 'adam', learningRate: [0.01, 0.02], clipNorm: 1, workers: 1, seed: 1 },
      ...{ seeds: 1, validations: 1, prompt: 'a', longer: { times: 2, cells: ['best'] } },
    },
    // Its first record comes when all options are checked and the speed of the cell is measured.
    call: async (given) => {
      const size = { sentences: 3, tokens: 9, characters: 9, batches: 1 };
      const text = {
        ...{
          tokenizer,
          batches,
          validBatches: { [Symbol.asyncIterator]: batches },
          size: { train: size, valid: size },
        },
        ...{ firstEpoch: new library.PipelineStats().report(), largestBatch: 12, heldOut: 0 },
      };
      for await (const { cells } of lab.compareCells(text, given)) return cells;
      return undefined;
    },
    spare: (option, value) => isManyWorkers(option, value) || (option === 'layers' && value === 100),
  }),
  drawSettings: subject({
    given: { rate: { from: 0.001, to: 0.1, logarithmic: true }, seed: 1, number: 3 },
    call: ({ rate, seed, number }) => lab.drawSettings({ rate }, seed, number),
  }),
  rungsOf: subject({ given: { hours: 1, minutes: 3, factor: 3, rungs: 3 }, call: lab.rungsOf }),
  successiveHalving: subject({
    given: {
      hours: 0.3,
      minutes: 3,
      factor: 3,
      rungs: 3,
      settingsOf: (number: number) => ({ number }),
      train: async () => 1,
      known: [],
    },
    call: async (given) => {
      let last: lab.SearchTrial | undefined;
      for await (const trial of lab.successiveHalving(given)) last = trial;
      return last;
    },
  }),
  bestTrial: subject({ given: {}, call: () => lab.bestTrial([]) }),
  continuations: subject({
    given: { prompt: 'a', seed: 1 },
    call: (given) =>
      decode(async function* (predictor) {
        yield* await lab.continuations<TableState>(predictor, given);
      }),
  }),
  parseComparison: subject({
    given: { json: JSON.stringify(comparisonFixture()), name: 'compare.json' },
    call: ({ json, name }) => lab.parseComparison(json, name),
  }),
  summarizeComparison: subject({ given: {}, call: () => lab.summarizeComparison(comparisonFixture()) }),
  comparisonReport: subject({ given: {}, call: () => lab.comparisonReport(comparisonFixture()) }),
  checkReportPackages: subject({ given: {}, call: lab.checkReportPackages }),

  completionsHandler: subject({
    given: {
      limits: {
        concurrency: 2,
        queue: 3,
        bodyBytes: 999,
        promptTokens: 9,
        maxTokens: 9,
        prompts: 2,
        choices: 2,
        beams: 2,
      },
      ...{
        apiKey: 'k',
        cors: 'https://a.example',
        hosts: ['a.example'],
        onRequest: () => {},
        otherwise: () => undefined,
      },
    },
    call: (given) =>
      decode(async function* (predictor) {
        const handler = completionsHandler({ m: predictor }, given);
        const body = JSON.stringify({ model: 'm', prompt: 'ab', max_tokens: 5 });
        const headers = { 'content-type': 'application/json', authorization: 'Bearer k' };
        const response = await handler(
          new Request('http://a.example/v1/completions', { method: 'POST', body, headers }),
        );
        yield await response.text();
        await handler.close();
      }),
  }),
  'completionsHandler (limits)': subject({
    given: {
      concurrency: 2,
      queue: 3,
      bodyBytes: 999,
      promptTokens: 9,
      maxTokens: 9,
      prompts: 2,
      choices: 2,
      beams: 2,
    },
    call: (limits) =>
      decode(async function* (predictor) {
        const handler = completionsHandler({ m: predictor }, { limits });
        yield (await handler(new Request('http://a.example/v1/models'))).status;
        await handler.close();
      }),
  }),
};

function greedyFrom<State>(predictor: library.TokenPredictor<State>, prompt: string): AsyncIterable<library.Token> {
  return library.greedy(predictor, { prompt, maxLength: 4 });
}

function apply(processor: library.LogProbabilityProcessor): unknown {
  return processor(Float32Array.of(-Infinity, -1, -2, -0.5), { promptIds: [1, 3], generatedIds: [2, 3, 2] });
}

/** Reads a scalar, and frees it. */
function finite(scalar: Tensor): void {
  const [value] = scalar.dataSync();
  scalar.dispose();
  if (!Number.isFinite(value)) throw new Error(`Expected a finite number, got ${value}`);
}

/** The other rows compute with the backend that the tests began with. */
async function keepingBackend(action: () => Promise<unknown>): Promise<void> {
  const { backend } = library.backendReport();
  try {
    await action();
  } finally {
    await library.useBackend(backend);
  }
}

/** Relative paths lead into a directory that is removed afterwards. */
function inDirectory<T>(action: () => T | Promise<T>): Promise<T> {
  const before = process.cwd();
  return withDirectory(async (path) => {
    process.chdir(path);
    writeFileSync('text.txt', 'We will. We will not.');
    try {
      return await action();
    } finally {
      process.chdir(before);
    }
  });
}
