import { beamTree } from '../../src/browser.js';
import { alternativesOf } from './alternatives.js';
import { BeamRecorder } from './BeamRecorder.js';
import { ComputeFailure } from './ComputeFailure.js';
import { findPassages } from './findPassages.js';
import { memoryOf, memoryRow } from './memory.js';
import { OpenModel } from './OpenModel.js';
import { openSource } from './openSource.js';
import { Paced } from './Paced.js';
import { steer } from './steer.js';
import { Turns } from './Turns.js';
import { textTokens } from './textTokens.js';
import type {
  AlternativesRequest,
  AlternativesResult,
  AnswerOf,
  BeamRecord,
  BeamsRequest,
  Computing,
  Exchanges,
  Kind,
  MemoryRequest,
  MemoryResult,
  ModelFacts,
  ModelName,
  OpenRequest,
  PartOf,
  RequestOf,
  WriteRequest,
  WriteResult,
} from './types.js';
import { heatMapOf, rankUnits } from './units.js';

/** What a computation is given besides its request. */
interface Given<K extends Kind> {
  readonly signal: AbortSignal | undefined;
  readonly turns: Turns;
  readonly onPart: ((part: PartOf<K>) => void) | undefined;
}

type Computations = { readonly [K in Kind]: (request: RequestOf<K>, given: Given<K>) => Promise<AnswerOf<K>> };

/** How many alternatives are given where nobody says. */
const ALTERNATIVES = 5;

/** Computes what the views of the page show, for the models that it opened. */
export class Computer implements Computing {
  readonly #models = new Map<ModelName, OpenModel>();
  readonly #computations: Computations = {
    open: (request, given) => this.#open(request, given),
    close: async ({ model }) => {
      this.#models.delete(model);
      return null;
    },
    write: (request, given) => this.#write(request, given),
    alternatives: (request, given) => this.#alternatives(request, given),
    heatMap: async (request) => heatMapOf(await this.#model(request.model).gates.over(request.text, request), request),
    rankUnits: async (request) =>
      rankUnits(await this.#model(request.model).gates.over(request.text, request), request, request, request),
    passages: (request, { turns, onPart }) => findPassages(this.#model(request.model), request, turns, onPart),
    memory: (request, given) => this.#memory(request, given),
    beams: (request, given) => this.#beams(request, given),
    steer: (request, { turns, onPart }) => steer(this.#model(request.model), request, turns, onPart),
  };

  async ask<K extends Kind>(
    request: RequestOf<K> & { readonly kind: K },
    {
      signal,
      onPart,
    }: { readonly signal?: AbortSignal | undefined; readonly onPart?: ((part: PartOf<K>) => void) | undefined } = {},
  ): Promise<AnswerOf<K>> {
    try {
      signal?.throwIfAborted();
      const compute = this.#computations[request.kind];
      const answer = await compute(request, { signal, turns: new Turns(signal), onPart });
      signal?.throwIfAborted();
      return answer;
    } catch (error) {
      throw ComputeFailure.of(error, signal);
    }
  }

  #model(name: ModelName): OpenModel {
    const model = this.#models.get(name);
    if (model) return model;
    throw new ComputeFailure({
      kind: 'input',
      message: `Expected an open model, got ${name}`,
      advice: 'Open it first.',
    });
  }

  async #open(request: OpenRequest, { signal, onPart }: Given<'open'>): Promise<ModelFacts> {
    const { model, passages } = await openSource(request, (progress) => {
      // It is the one place at which loading can be ended.
      signal?.throwIfAborted();
      onPart?.(progress);
    });
    const opened = await OpenModel.of(request.model, model, passages);
    signal?.throwIfAborted();
    this.#models.set(request.model, opened);
    return opened.facts;
  }

  async #write({ model: name, text }: WriteRequest, { turns }: Given<'write'>): Promise<WriteResult> {
    const { model, withText } = this.#model(name);
    const tokens = textTokens(model.tokenizer, text);
    return withText(async (read) => {
      const computed = await read.read(tokens.ids, turns);
      const end = -(read.next[model.tokenizer.eosId] as number);
      return { tokens, surprise: read.surprise, end, computed };
    });
  }

  async #alternatives(
    { model: name, text, at, count = ALTERNATIVES, sampling }: AlternativesRequest,
    { turns }: Given<'alternatives'>,
  ): Promise<AlternativesResult> {
    const { model, withText } = this.#model(name);
    const { ids } = textTokens(model.tokenizer, text);
    if (!(Number.isInteger(at) && at >= 0 && at <= ids.length))
      throw new ComputeFailure({
        kind: 'input',
        message: `Expected a place from 0 to ${ids.length} of the text, got ${at}`,
        advice: 'Point at another place.',
      });
    const logProbabilities = await withText(async (read) => {
      await read.read(ids, turns);
      return read.nextAt(at, turns);
    });
    return alternativesOf(model.tokenizer, logProbabilities, {
      ...{ at, count, sampling, before: ids.subarray(0, at) },
      standing: ids[at],
    });
  }

  async #memory({ models, text, offset }: MemoryRequest, { turns, onPart }: Given<'memory'>): Promise<MemoryResult> {
    const asked = models.map((name) => this.#model(name));
    const rows: Exchanges['memory']['part'][] = [];
    for (const model of asked) {
      const row = await memoryRow(model, text, offset);
      rows.push(row);
      onPart?.(row);
      await turns.take();
    }
    return memoryOf(
      rows,
      asked.every(({ facts }) => facts.isOfCharacters),
    );
  }

  async #beams(request: BeamsRequest, { signal, turns, onPart }: Given<'beams'>): Promise<BeamRecord> {
    const { model } = this.#model(request.model);
    const { prompt, beams, maxLength, lengthPenalty } = request;
    const recorder = new BeamRecorder(request, model.tokenizer);
    const paced = new Paced();
    for await (const step of beamTree(model, { prompt, beams, maxLength, lengthPenalty, signal })) {
      recorder.add(step);
      await turns.take();
      paced.tell(onPart, () => recorder.record());
    }
    return recorder.record();
  }
}
