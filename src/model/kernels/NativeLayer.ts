import type { CellWeights } from '../cells/Cell.js';
import { tensorOf } from '../weights.js';
import { Accumulator } from './Accumulator.js';
import { GRAPH_STEPS, stepsBackward, stepsForward } from './graph/timeSteps.js';
import type { NativeCell, RecurrentWeights } from './NativeCell.js';
import type { Id, Ids, NativeOperations } from './NativeOperations.js';
import type { NativeInput } from './nativeInputs.js';
import type { CellKind } from './SequenceKernel.js';

/** What a layer is made of, and where it stands. */
export interface LayerSetting {
  readonly cell: NativeCell;
  readonly cellKind: CellKind;
  /** The parts of the cell's state, and what their learned initial values are called among the weights. */
  readonly state: ReadonlyMap<string, string>;
  readonly batch: number;
  readonly time: number;
  /** Whether `backward` or `gates` follow. */
  readonly keep: boolean;
}

/** Time steps in a row, made by one run of a graph. */
interface Chunk {
  readonly from: number;
  readonly steps: number;
  /** The state before them. */
  readonly before: Ids;
  /** What was kept of them. */
  readonly kept: Ids;
}

/** A recurrent layer over whole sequences: forward when it is made, then back, once. */
export class NativeLayer {
  /** The hidden states of all time steps, `[time·batch × hidden]`, time-major. */
  readonly outputs: Id;
  readonly #native: NativeOperations;
  readonly #weights: CellWeights;
  readonly #input: NativeInput;
  readonly #setting: LayerSetting;
  readonly #recurrent: RecurrentWeights;
  readonly #chunks: readonly Chunk[];

  constructor(native: NativeOperations, weights: CellWeights, input: NativeInput, setting: LayerSetting) {
    this.#native = native;
    this.#weights = weights;
    this.#input = input;
    this.#setting = setting;
    this.#recurrent = {
      recurrentWeights: native.idOf(tensorOf(weights, 'recurrentWeights')),
      recurrentBias: this.#weight('recurrentBias'),
      hiddenSize: tensorOf(weights, 'recurrentWeights').shape[0],
    };
    this.#chunks = this.#forward();
    this.outputs = this.#ofAllSteps('hidden');
  }

  /** The gates of all time steps by their names, each `[time·batch × hidden]`. */
  gates(): Record<string, Id> {
    return Object.fromEntries(this.#setting.cell.gates.map((name) => [name, this.#ofAllSteps(name)]));
  }

  /**
   * Takes ∂loss/∂outputs, `[time·batch × hidden]`, and gives ∂loss/∂weights by name, and ∂loss/∂ what the input was made of.
   */
  backward(outputGradient: Id): { weights: Record<string, Id>; input: Id } {
    const native = this.#native;
    const { cell, cellKind, state, batch } = this.#setting;
    const weights = cell.transposed(native, this.#recurrent);
    const ofInput = this.#input.gradients(native.idOf(tensorOf(this.#weights, 'inputWeights')));
    const recurrentWeights = new Accumulator(native);
    const recurrentBias = new Accumulator(native);
    let gradient = this.#zeroState();
    for (const { from, steps, before, kept } of this.#chunks.toReversed()) {
      const rows = { fromAbove: native.rows(outputGradient, from * batch, steps * batch) };
      const inputs = { rows, gradient, before, kept, weights };
      const back = native.run(`${cellKind}, ${steps} time steps, backward`, inputs, (graph, nodes) =>
        stepsBackward(graph, cell, steps, nodes),
      );
      const ofWeights = back.ofWeights as Ids<'projected' | 'recurrentWeights' | 'recurrentBias'>;
      ofInput.add(ofWeights.projected, from, steps);
      recurrentWeights.add(ofWeights.recurrentWeights);
      if ('recurrentBias' in ofWeights) recurrentBias.add(ofWeights.recurrentBias);
      for (const done of [rows, gradient, kept]) native.free(...Object.values(done));
      native.free(ofWeights.projected);
      gradient = back.gradient;
    }
    native.free(outputGradient);
    const { weights: inputWeights, bias, input } = ofInput.total();
    const gradients: Record<string, Id> = { inputWeights, bias };
    gradients['recurrentWeights'] = recurrentWeights.total();
    if ('recurrentBias' in this.#weights) gradients['recurrentBias'] = recurrentBias.total();
    for (const [part, name] of state)
      if (name in this.#weights) gradients[name] = native.sumOfRows(gradient[part] as Id);
    return { weights: gradients, input };
  }

  #forward(): Chunk[] {
    const native = this.#native;
    const { cell, cellKind, time } = this.#setting;
    const keep = this.#setting.keep ? 'everything' : 'hidden';
    const inputWeights = native.idOf(tensorOf(this.#weights, 'inputWeights'));
    const projection = this.#input.projection(inputWeights, this.#weight('bias'));
    const weights = cell.weights(native, this.#recurrent);
    const chunks: Chunk[] = [];
    let before = this.#initialState();
    let from = 0;
    while (from < time) {
      const steps = GRAPH_STEPS.find((count) => count <= time - from) ?? 1;
      const rows = { projected: projection(from, steps) };
      const name = `${cellKind}, ${steps} time steps, forward, keeping ${keep}`;
      const { after, kept } = native.run(name, { rows, before, weights }, (graph, nodes) =>
        stepsForward(graph, cell, steps, keep, nodes),
      );
      native.free(rows.projected);
      chunks.push({ from, steps, before, kept });
      before = after;
      from += steps;
    }
    return chunks;
  }

  #initialState(): Ids {
    const native = this.#native;
    const parts = Object.entries(this.#zeroState()).map(([part, zeros]) => {
      const learned = this.#weight(this.#setting.state.get(part) ?? '');
      return [part, learned === undefined ? zeros : native.addToRows(zeros, learned)];
    });
    return Object.fromEntries(parts);
  }

  #zeroState(): Ids {
    const shape = [this.#setting.batch, this.#recurrent.hiddenSize];
    const parts = [...this.#setting.state.keys()].map((part) => [part, this.#native.zeros(shape)]);
    return Object.fromEntries(parts);
  }

  #ofAllSteps(name: string): Id {
    return this.#native.joinRows(this.#chunks.map(({ kept }) => kept[name] as Id));
  }

  #weight(name: string): Id | undefined {
    const weight = this.#weights[name];
    return weight && this.#native.idOf(weight);
  }
}
