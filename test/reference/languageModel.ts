import type { Batch } from '../../src/pipeline/Batch.js';
import { addTo, at, each, type ReferenceTensors, row, sum, tensorOf, type Vector, zerosLike } from './arrays.js';
import { type Cell, layerTensors, type State, type TimeStep } from './cell.js';
import { gru } from './gru.js';
import { gruResetAfter } from './gruResetAfter.js';
import { lstm } from './lstm.js';
import { project, projectBackward } from './projection.js';
import { rnn } from './rnn.js';

/** The shape of a language model. Biases and initial states are there when the weights have them. */
export interface ReferenceConfig {
  readonly cell: 'rnn' | 'lstm' | 'gru' | 'gruResetAfter';
  readonly vocabularySize: number;
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly eosId: number;
  /** GRU: the reset gate applies after the product. Default: false. */
  /** The projection is the transposed embedding, and there is no weight `projection`. Default: false. */
  readonly tieWeights?: boolean;
}

/** The members of a batch that the loss depends on. */
export type ReferenceBatch = Pick<Batch, 'ids' | 'mask' | 'size' | 'length'>;

/** What the model says of a batch, in float64. */
export interface ReferenceResult {
  /** Σ mask·(−log p) / Σ mask. */
  readonly loss: number;
  /** `[length × size × vocabularySize]`. */
  readonly logits: Float64Array;
  /** ∂loss/∂weight for every weight that was given. */
  readonly gradients: ReferenceTensors;
  /** Of each layer, by name, `[length·size × hiddenSize]`, padding included. */
  readonly gates: readonly Readonly<Record<string, Float64Array>>[];
}

/** The loss of a batch and its gradients, one sequence after the other, one time step after the other. */
export function referenceLanguageModel(
  config: ReferenceConfig,
  weights: ReferenceTensors,
  { ids, mask, size, length }: ReferenceBatch,
): ReferenceResult {
  const { vocabularySize, hiddenSize, layers, eosId, tieWeights = false } = config;
  const cell = cellOf(config);
  const gradients = zerosLike(weights);
  const logits = new Float64Array(length * size * vocabularySize);
  const gates = Array.from({ length: layers }, (): Record<string, Float64Array> => ({}));
  const tokens = mask.reduce((total, one) => total + one, 0);
  let loss = 0;

  for (let b = 0; b < size; b++) {
    const timeSteps: { inputId: number; steps: TimeStep[]; hidden: Vector; logitGradient: Vector }[] = [];
    let states = Array.from({ length: layers }, (_, index) => initialState(config, weights, index));

    for (let t = 0; t < length; t++) {
      const inputId = t === 0 ? eosId : at(ids, (t - 1) * size + b);
      let hidden = row(tensorOf(weights, 'embedding'), inputId);
      const steps = states.map((state, index) => {
        const step = cell(layerTensors(weights, index), layerTensors(gradients, index), hidden, state);
        hidden = step.state.hidden;
        return step;
      });
      states = steps.map((step) => step.state);
      for (const [index, step] of steps.entries())
        for (const [name, values] of Object.entries(step.gates)) {
          const ofLayer = at(gates, index);
          ofLayer[name] ??= new Float64Array(length * size * hiddenSize);
          ofLayer[name].set(values, (t * size + b) * hiddenSize);
        }

      const output = project(weights, tieWeights, hidden);
      logits.set(output, (t * size + b) * vocabularySize);
      const p = softmax(output);
      const target = at(ids, t * size + b);
      const share = at(mask, t * size + b) / tokens;
      loss -= share * Math.log(at(p, target));
      const logitGradient = p.map((probability, id) => share * (probability - (id === target ? 1 : 0)));
      timeSteps.push({ inputId, steps, hidden, logitGradient });
    }

    const later: State[] = states.map(({ hidden, memory }) => ({
      hidden: new Float64Array(hidden.length),
      memory: new Float64Array(memory.length),
    }));
    for (const { inputId, steps, hidden, logitGradient } of timeSteps.toReversed()) {
      let above = projectBackward(weights, gradients, tieWeights, hidden, logitGradient);
      for (let index = layers - 1; index >= 0; index--) {
        const { hidden, memory } = at(later, index);
        const { input, previous } = at(steps, index).backward({ hidden: sum(hidden, above), memory });
        later[index] = previous;
        above = input;
      }
      addTo(row(tensorOf(gradients, 'embedding'), inputId), above);
    }
    for (const [index, { hidden, memory }] of later.entries()) {
      const initial = initialState(config, gradients, index);
      addTo(initial.hidden, hidden);
      addTo(initial.memory, memory);
    }
  }
  return { loss, logits, gradients, gates };
}

export function cellOf({ cell }: ReferenceConfig): Cell {
  if (cell === 'rnn') return rnn;
  if (cell === 'lstm') return lstm;
  return cell === 'gruResetAfter' ? gruResetAfter : gru;
}

/** What tensors say of the state before any token, in the same memory; zeros where they say nothing. */
export function initialState({ cell, hiddenSize }: ReferenceConfig, tensors: ReferenceTensors, index: number): State {
  const of = (name: string, length: number) => tensors[`layers.${index}.${name}`]?.data ?? new Float64Array(length);
  return { hidden: of('initialHidden', hiddenSize), memory: of('initialMemory', cell === 'lstm' ? hiddenSize : 0) };
}

function softmax(x: Vector): Vector {
  const largest = x.reduce((a, b) => Math.max(a, b));
  const powers = each((a) => Math.exp(a - largest), x);
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}
