import { block, columnBlock, type Matrix, type ReferenceTensor, type ReferenceTensors, type Vector } from './arrays.js';

/** What a cell hands from one time step to the next. */
export interface State {
  readonly hidden: Vector;
  /** Empty where the cell has no memory. */
  readonly memory: Vector;
}

/** The weights of a layer, or their gradients; biases may be absent. */
export interface LayerTensors {
  readonly inputWeights: ReferenceTensor;
  readonly recurrentWeights: ReferenceTensor;
  readonly bias: ReferenceTensor | undefined;
  readonly recurrentBias: ReferenceTensor | undefined;
}

/** One application of a cell. */
export interface TimeStep {
  readonly state: State;
  /** What happened inside, by the names of `gates` in src/cells/cell.ts. */
  readonly gates: Readonly<Record<string, Vector>>;
  /**
   * From ∂loss/∂state to ∂loss/∂input and ∂loss/∂(previous state); adds what this time step contributes to the
   * gradients of the weights.
   */
  backward(gradient: State): { input: Vector; previous: State };
}

/** A cell: a pure function of its weights, its input and its previous state. */
export type Cell = (weights: LayerTensors, gradients: LayerTensors, input: Vector, previous: State) => TimeStep;

/** The part of a layer that belongs to one gate: W, U and b of a = x·W + h·U + b. */
export interface Gate {
  readonly w: Matrix;
  readonly u: Matrix;
  readonly b: Vector | undefined;
}

/** Gate `index` of the `count` gates whose columns lie side by side in a layer's tensors. */
export function gate(layer: LayerTensors, index: number, count: number): Gate {
  return {
    w: columnBlock(layer.inputWeights, index, count),
    u: columnBlock(layer.recurrentWeights, index, count),
    b: layer.bias && block(layer.bias.data, index, count),
  };
}

/** The tensors of layer `index`. */
export function layerTensors(tensors: ReferenceTensors, index: number): LayerTensors {
  const of = (name: string) => tensors[`layers.${index}.${name}`];
  const inputWeights = of('inputWeights');
  const recurrentWeights = of('recurrentWeights');
  if (!inputWeights || !recurrentWeights) throw new RangeError(`Expected layer ${index} to have weights, got none`);
  return { inputWeights, recurrentWeights, bias: of('bias'), recurrentBias: of('recurrentBias') };
}
