import type { GraphBuilder, Node } from './graph/GraphBuilder.js';
import type { Id, Ids, NativeOperations } from './NativeOperations.js';

/** Tensors of a graph by name. */
export type Nodes<Name extends string = string> = Readonly<Record<Name, Node>>;

/** What a cell calls its tensors. */
export interface CellNames {
  /** The parts of its state, `hidden` among them. */
  readonly state: string;
  /** What is kept of a time step, with the state after it. */
  readonly kept: string;
  /** What the state is multiplied by, and what is added to the product. */
  readonly weights: string;
  /** What gradients are multiplied by on the way back. */
  readonly transposed: string;
  /** What the gradients of weights are made of. */
  readonly sums: string;
}

/** A layer's weights that meet its state. */
export interface RecurrentWeights {
  /** `[hidden × blocks·hidden]` */
  readonly recurrentWeights: Id;
  /** Only where a GRU resets after the product and has biases. */
  readonly recurrentBias: Id | undefined;
  readonly hiddenSize: number;
}

/** A time step that was made; each tensor is `[batch × hidden]`. */
export interface PastStep<Names extends CellNames = CellNames> {
  /** ∂loss/∂(the state after it). */
  readonly gradient: Nodes<Names['state']>;
  readonly stateBefore: Nodes<Names['state']>;
  readonly kept: Nodes<Names['kept']>;
}

/** A cell as equations between the tensors of a graph: through one time step, and back. */
export interface NativeCell<Names extends CellNames = CellNames> {
  /** Which of that which is kept are shown to those who watch the gates. */
  readonly gates: readonly Names['kept'][];
  /** The weights as `forward` wants them. */
  weights(native: NativeOperations, weights: RecurrentWeights): Ids<Names['weights']>;
  /** The weights as `backward` wants them. */
  transposed(native: NativeOperations, weights: RecurrentWeights): Ids<Names['transposed']>;
  /** One time step from x·W_x + b, `[batch × blocks·hidden]`, and the state. */
  forward(
    graph: GraphBuilder,
    projected: Node,
    state: Nodes<Names['state']>,
    weights: Nodes<Names['weights']>,
  ): Nodes<Names['kept']>;
  /** The way back through one time step: ∂loss/∂(the state before), and what `gradients` wants to know of it. */
  backward(
    graph: GraphBuilder,
    step: PastStep<Names>,
    transposed: Nodes<Names['transposed']>,
  ): { readonly state: Nodes<Names['state']>; readonly sums: Nodes<Names['sums']> };
  /**
   * The gradients of x·W_x + b, `projected`, and of the recurrent weights by their names, over time steps in a row: from the
   * sums and the hidden states before, `[time·batch × …]` each.
   */
  gradients(graph: GraphBuilder, sums: Nodes<Names['sums']>, hiddenBefore: Node): LayerGradients;
}

/** Gradients by the names of the weights; `projected` is that of x·W_x + b. */
export type LayerGradients = Nodes<'projected' | 'recurrentWeights'> & Partial<Nodes<'recurrentBias'>>;
