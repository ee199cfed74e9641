import type { BeamTreeStep, Tokenizer } from '../../src/browser.js';
import { type BeamRecord, type BeamsRequest, FATES } from './types.js';

/** Numbers that grow in number. */
type Column = number[];

/** Writes a beam search down, node by node. */
export class BeamRecorder {
  readonly #request: BeamsRequest;
  readonly #tokenizer: Tokenizer;
  readonly #parent: Column = [-1];
  readonly #id: Column;
  readonly #step: Column = [0];
  readonly #tokenLogProbability: Column = [0];
  readonly #logProbability: Column = [0];
  readonly #score: Column = [0];
  readonly #bound: Column = [0];
  readonly #fate: Column = [FATES.indexOf('live')];
  readonly #end: Column = [0];
  readonly #stepStart: Column = [0, 1];
  readonly #committed: Column = [];
  readonly #best: Column = [];
  readonly #texts: Record<number, string> = {};
  #done = false;

  constructor(request: BeamsRequest, tokenizer: Tokenizer) {
    this.#request = request;
    this.#tokenizer = tokenizer;
    this.#id = [tokenizer.eosId];
    this.#note(tokenizer.eosId);
  }

  /** Writes down what a time step adds. */
  add({ step, made, left, committed, best, done }: BeamTreeStep): void {
    for (const { node, parent, id, tokenLogProbability, logProbability, score, bound, fate } of made) {
      this.#parent[node] = parent;
      this.#id[node] = id;
      this.#step[node] = step;
      this.#tokenLogProbability[node] = tokenLogProbability;
      this.#logProbability[node] = logProbability;
      this.#score[node] = score;
      this.#bound[node] = bound;
      this.#fate[node] = FATES.indexOf(fate);
      this.#end[node] = 0;
      this.#note(id);
    }
    for (const { node, why } of left) this.#end[node] = why === 'others' ? 1 : 2;
    this.#stepStart.push(this.#id.length);
    this.#committed.push(committed);
    this.#best.push(best ?? -1);
    this.#done = done;
  }

  /** All that was written down. */
  record(): BeamRecord {
    const { model, prompt, beams } = this.#request;
    return {
      ...{ model, prompt, beams, nodes: this.#id.length, done: this.#done, eosId: this.#tokenizer.eosId },
      parent: Int32Array.from(this.#parent),
      id: Int32Array.from(this.#id),
      step: Int32Array.from(this.#step),
      tokenLogProbability: Float32Array.from(this.#tokenLogProbability),
      logProbability: Float64Array.from(this.#logProbability),
      score: Float64Array.from(this.#score),
      bound: Float64Array.from(this.#bound),
      fate: Uint8Array.from(this.#fate),
      end: Uint8Array.from(this.#end),
      stepStart: Int32Array.from(this.#stepStart),
      committed: Int32Array.from(this.#committed),
      best: Int32Array.from(this.#best),
      texts: { ...this.#texts },
    };
  }

  #note(id: number): void {
    this.#texts[id] ??= textOfToken(this.#tokenizer, id);
  }
}

/** How a token is shown wherever it stands: a piece has its space. */
function textOfToken(tokenizer: Tokenizer, id: number): string {
  const { piece } = tokenizer as { piece?: (id: number) => string };
  if (id === tokenizer.eosId || typeof piece !== 'function') return tokenizer.decode([id]);
  return piece.call(tokenizer, id).replaceAll('▁', ' ');
}
