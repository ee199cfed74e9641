import type { CellWeights } from '../cells/Cell.js';
import { tensorOf } from '../weights.js';
import { Accumulator } from './Accumulator.js';
import type { NativeCell, NativeRun, NativeStepGradient } from './NativeCell.js';
import type { Id, NativeOperations } from './NativeOperations.js';
import { chunkSteps, type NativeInput, type NativeInputGradients } from './nativeInputs.js';

/** Where a layer stands. */
export interface LayerSetting {
  readonly batch: number;
  readonly time: number;
  /** Whether `backward` or `gates` follow. */
  readonly keep: boolean;
}

/** Gradients of a layer's weights, part by part. */
interface Sums {
  readonly inputs: readonly NativeInputGradients[];
  readonly recurrentWeights: readonly Accumulator[];
  readonly recurrentBias: Accumulator;
}

/** A recurrent layer over whole sequences: forward when it is made, then back, once. */
export class NativeLayer {
  /** The hidden states of all time steps, `[time·batch × hidden]`, time-major. */
  readonly outputs: Id;
  readonly #native: NativeOperations;
  readonly #weights: CellWeights;
  readonly #input: NativeInput;
  readonly #setting: LayerSetting;
  readonly #initialNames: readonly string[];
  readonly #parts: readonly (readonly number[])[];
  readonly #inputWeights: readonly Id[];
  readonly #initialHidden: Id;
  readonly #run: NativeRun;

  /** `initialNames`: what the learned initial states are called among the weights, in the order of the cell's state. */
  constructor(
    native: NativeOperations,
    cell: NativeCell,
    weights: CellWeights,
    initialNames: readonly string[],
    input: NativeInput,
    setting: LayerSetting,
  ) {
    this.#native = native;
    this.#weights = weights;
    this.#input = input;
    this.#setting = setting;
    this.#initialNames = initialNames;
    this.#parts = cell.parts;
    const hiddenSize = tensorOf(weights, 'recurrentWeights').shape[0] as number;
    const initial = initialNames.map((name) => {
      const [learned, zeros] = [weights[name], native.zeros([setting.batch, hiddenSize])];
      return learned ? native.addToRows(zeros, native.idOf(learned)) : zeros;
    });
    const recurrentBias = weights['recurrentBias'];
    this.#inputWeights = this.#cut('inputWeights');
    this.#initialHidden = initial[0] as Id;
    this.#run = cell.run(native, {
      ...setting,
      ...{ input, initial, hiddenSize },
      inputWeights: this.#inputWeights,
      bias: 'bias' in weights ? this.#cut('bias') : [],
      recurrentWeights: this.#cut('recurrentWeights'),
      recurrentBias: recurrentBias && native.idOf(recurrentBias),
    });
    this.outputs = this.#run.outputs;
  }

  /** The gates of all time steps by their names, each `[time·batch × hidden]`. */
  gates(): Record<string, Id> {
    return { ...this.#run.gates(), hidden: this.outputs };
  }

  /**
   * Takes ∂loss/∂outputs, `[time·batch × hidden]`, and gives ∂loss/∂weights by name, and ∂loss/∂ what the input was made of.
   */
  backward(outputGradient: Id): { weights: Record<string, Id>; input: Id } {
    const native = this.#native;
    const { batch, time } = this.#setting;
    const sums: Sums = {
      inputs: this.#inputWeights.map((weights) => this.#input.gradients(weights)),
      recurrentWeights: this.#parts.map(() => new Accumulator(native)),
      recurrentBias: new Accumulator(native),
    };
    const fromAbove = native.splitRows(outputGradient, time);
    const hidden = native.splitRows(this.outputs, time);
    native.free(outputGradient);
    let later: readonly Id[] = [];
    const perChunk = chunkSteps(batch);
    for (let from = time - 1 - ((time - 1) % perChunk); from >= 0; from -= perChunk) {
      const steps: NativeStepGradient[] = [];
      for (let at = Math.min(time, from + perChunk) - 1; at >= from; at--) {
        const [fromLater, ...others] = later;
        const gradient = fromLater === undefined ? (fromAbove[at] as Id) : native.add(fromAbove[at] as Id, fromLater);
        if (fromLater !== undefined) native.free(fromAbove[at] as Id, fromLater);
        const around = { now: hidden[at] as Id, previous: hidden[at - 1] ?? this.#initialHidden };
        const step = this.#run.backward(at, [gradient, ...others], around);
        later = step.state;
        steps.unshift(step);
      }
      this.#addChunk(steps, from, sums);
    }
    native.free(...hidden);
    const weights: Record<string, Id> = {};
    const inputs = sums.inputs.map((part) => part.total());
    weights['inputWeights'] = this.#join(inputs.map((part) => part.weights));
    weights['recurrentWeights'] = this.#join(sums.recurrentWeights.map((part) => part.total()));
    if ('bias' in this.#weights) weights['bias'] = this.#join(inputs.map((part) => part.bias));
    if ('recurrentBias' in this.#weights) weights['recurrentBias'] = sums.recurrentBias.total();
    for (const [part, name] of this.#initialNames.entries())
      if (name in this.#weights) weights[name] = native.sumOfRows(later[part] as Id);
    return { weights, input: native.sum(inputs.map((part) => part.input)) };
  }

  /** Adds a chunk of time steps to the gradients of the weights, with one product for all of them. */
  #addChunk(
    steps: readonly NativeStepGradient[],
    from: number,
    { inputs, recurrentWeights, recurrentBias }: Sums,
  ): void {
    const native = this.#native;
    const previous = this.#hiddenBefore(from, steps.length);
    /** What the steps gave, in one piece. */
    const whole = (ofStep: (step: NativeStepGradient) => Id | undefined): Id | undefined => {
      const pieces = steps.flatMap((step) => ofStep(step) ?? []);
      return pieces.length === 0 ? undefined : native.joinRows(pieces);
    };
    for (const [part, input] of inputs.entries()) {
      const sums = whole((step) => step.sums[part]) as Id;
      const products = whole(({ products, sums }) => (products?.[part] === sums[part] ? undefined : products?.[part]));
      const factors = whole((step) => step.factors?.[part]);
      input.add(sums, from, steps.length);
      recurrentWeights[part]?.add(native.productOfTransposed(factors ?? previous, products ?? sums));
      // Only a GRU that resets after the product has one, for its candidate: the last part.
      if (part === inputs.length - 1 && 'recurrentBias' in this.#weights)
        recurrentBias.add(native.sumOfRows(products ?? sums));
      native.free(...[sums, products, factors].filter((id) => id !== undefined));
    }
    for (const { sums, products = [], factors = [] } of steps)
      native.free(...[...sums, ...products, ...factors].filter((id) => id !== undefined));
    native.free(previous);
  }

  /** The hidden states before `steps` time steps, `[steps·batch × hidden]`. */
  #hiddenBefore(from: number, steps: number): Id {
    const native = this.#native;
    const { batch } = this.#setting;
    if (from > 0) return native.rows(this.outputs, (from - 1) * batch, steps * batch);
    const others = native.rows(this.outputs, 0, (steps - 1) * batch);
    const all = native.joinRows([this.#initialHidden, others]);
    native.free(others);
    return all;
  }

  /** The parts of a weight. */
  #cut(name: string): Id[] {
    const native = this.#native;
    const weight = native.idOf(tensorOf(this.#weights, name));
    const blocks = native.splitColumns(weight, this.#parts.flat().length);
    const parts = this.#parts.map((places) => native.joinColumns(places.map((place) => blocks[place] as Id)));
    native.free(...blocks);
    return parts;
  }

  /** A weight's gradient from those of its parts. */
  #join(parts: readonly Id[]): Id {
    const native = this.#native;
    const blocks: Id[] = [];
    for (const [part, places] of this.#parts.entries()) {
      const columns = native.splitColumns(parts[part] as Id, places.length);
      for (const [at, place] of places.entries()) blocks[place] = columns[at] as Id;
    }
    const whole = native.joinColumns(blocks);
    native.free(...blocks);
    return whole;
  }
}
