import type { Batch } from '../../src/pipeline/Batch.js';
import { at, each, type ReferenceTensors, row, tensorOf, type Vector, zerosLike } from './arrays.js';
import { layerTensors, type State } from './cell.js';
import { cellOf, initialState, type ReferenceConfig } from './languageModel.js';
import { project } from './projection.js';

/** Mean squares over all pairs (t, t+k) inside a sequence. */
export interface ReferenceFlow {
  readonly pairs: number;
  /** ‖∂of_{t+k}/∂by_t‖_F² for every two parts of the state, those of one `of` together. */
  readonly blocks: readonly number[];
  /** ‖∂loss_{t+k}/∂s_t‖². */
  readonly loss: number;
}

const STEP = 1e-3;

/**
 * The gradient flow of a model by central finite differences of fourth order, in float64: every number of every state
 * is moved, and the model runs on from there.
 */
export function referenceFlow(config: ReferenceConfig, weights: ReferenceTensors, batch: Batch): ReferenceFlow[] {
  const sums: { pairs: number; blocks: number[]; loss: number }[] = [];
  for (let b = 0; b < batch.size; b++) {
    const ids = Array.from({ length: at(batch.lengths, b) }, (_, t) => at(batch.ids, t * batch.size + b));
    let states = Array.from({ length: config.layers }, (_, layer) => initialState(config, weights, layer));
    for (const t of ids.keys()) {
      states = step(config, weights, states, t === 0 ? config.eosId : at(ids, t - 1));
      for (const [k, { blocks, loss }] of jacobians(config, weights, states, ids.slice(t)).entries()) {
        const sum = sums[k] ?? { pairs: 0, blocks: blocks.map(() => 0), loss: 0 };
        sums[k] = sum;
        sum.pairs++;
        sum.loss += loss;
        sum.blocks = sum.blocks.map((before, block) => before + at(blocks, block));
      }
    }
  }
  return sums.map(({ pairs, blocks, loss }) => ({
    pairs,
    blocks: blocks.map((block) => block / pairs),
    loss: loss / pairs,
  }));
}

/** Squared norms for each distance from a state, from which `ids` are predicted. */
function jacobians(
  config: ReferenceConfig,
  weights: ReferenceTensors,
  states: readonly State[],
  ids: readonly number[],
): { blocks: number[]; loss: number }[] {
  const parts = partsOf(states);
  const width = config.hiddenSize;
  const result = ids.map(() => ({ blocks: new Array<number>(parts.length ** 2).fill(0), loss: 0 }));
  for (let by = 0; by < parts.length; by++)
    for (let unit = 0; unit < width; unit++) {
      const moved = (steps: number): Vector[] => {
        const part = at(partsOf(states), by);
        const before = at(part, unit);
        part[unit] = before + steps * STEP;
        const outcome = run(config, weights, states, ids);
        part[unit] = before;
        return outcome;
      };
      const [f1, b1, f2, b2] = [moved(1), moved(-1), moved(2), moved(-2)] as const;
      for (const [k, squares] of result.entries()) {
        const derivative = each(
          (forward, back, forward2, back2) => (8 * (forward - back) - (forward2 - back2)) / (12 * STEP),
          ...([f1, b1, f2, b2].map((outcome) => at(outcome, k)) as [Vector, Vector, Vector, Vector]),
        );
        squares.loss += at(derivative, 0) ** 2;
        for (let of = 0; of < parts.length; of++)
          for (const value of derivative.subarray(1 + of * width, 1 + (of + 1) * width))
            squares.blocks[of * parts.length + by] = at(squares.blocks, of * parts.length + by) + value ** 2;
      }
    }
  return result;
}

/** The loss of each of `ids`, and behind it, in one vector, the state that it is predicted from. */
function run(
  config: ReferenceConfig,
  weights: ReferenceTensors,
  start: readonly State[],
  ids: readonly number[],
): Vector[] {
  let states = start;
  return ids.map((id, k) => {
    if (k > 0) states = step(config, weights, states, at(ids, k - 1));
    const logits = project(weights, config.tieWeights ?? false, at(states, states.length - 1).hidden);
    const loss = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - at(logits, id);
    return Float64Array.from([loss, ...partsOf(states).flatMap((part) => [...part])]);
  });
}

function step(config: ReferenceConfig, weights: ReferenceTensors, states: readonly State[], id: number): State[] {
  const unused = zerosLike(weights);
  let input = row(tensorOf(weights, 'embedding'), id);
  return states.map((state, layer) => {
    const { state: after } = cellOf(config)(layerTensors(weights, layer), layerTensors(unused, layer), input, state);
    input = after.hidden;
    return after;
  });
}

function partsOf(states: readonly State[]): Vector[] {
  return states.flatMap(({ hidden, memory }) => (memory.length > 0 ? [hidden, memory] : [hidden]));
}
