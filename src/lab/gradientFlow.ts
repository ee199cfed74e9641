import { rnn } from '../cells/rnn.js';
import { checkNumber, InvalidArgumentError } from '../errors.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { Batch } from '../pipeline/Batch.js';
import { random } from '../random.js';
import { drawEndPoints } from './flow/drawEndPoints.js';
import { estimateFlow, type Probes } from './flow/estimateFlow.js';
import type { StateFlow } from './flow/FlowMeans.js';
import { ModelTrajectory } from './flow/ModelTrajectory.js';
import { type RecurrentPower, recurrentPowers } from './flow/recurrentPowers.js';

/** Options of `gradientFlow`. */
export interface GradientFlowOptions {
  /** The largest distance, in time steps. Default 100. Time is proportional to it. */
  readonly maxDistance?: number | undefined;
  /**
   * Positions of the batch from which gradients are followed back, drawn at random from the unmasked ones; all of them
   * where there are no more. Default 512. More of them make smaller standard errors; time is proportional.
   */
  readonly endPoints?: number | undefined;
  /**
   * Random vectors for each end point. Default 1. More end points serve better than more probes, unless the batch has no
   * more of them.
   */
  readonly probes?: number | undefined;
  /** Seed of the end points and the probes. Default 1. */
  readonly seed?: number | undefined;
}

/** The gradient flow of a model at one distance. */
export interface GradientFlow extends StateFlow {
  /** For the simple RNN, of each layer: what the k-th power of its recurrent weights does by itself. Else empty. */
  readonly recurrentPowers: readonly RecurrentPower[];
}

/**
 * How far gradients reach back in time: the norms of ∂s_{t+k}/∂s_t and of ∂loss_{t+k}/∂s_t as a function of k, for
 * k = 0, 1, …, `maxDistance`, or up to the distance from the first time step to the latest end point.
 *
 *     const flow = await gradientFlow(model, batch);
 *     flow[20]?.state   // { norm: 1.1, standardError: 0.04 }
 *
 * s is the whole recurrent state, [h, C] for an LSTM, of all layers together; `blocks` has its parts one by one. There is
 * no dropout.
 *
 * What is measured is the root of the mean squared norm over pairs of positions (t, t+k), both unmasked, of
 * the batch's sequences. Squares are averaged, not norms, because vector–Jacobian products with random signs v
 * estimate squares without bias: E‖vᵀ·J‖² = ‖J‖_F² (Hutchinson, "A stochastic estimator of the trace of the influence
 * matrix", 1990). Gradients of the loss need no such vectors. The standard errors take each sequence as one
 * independent sample, and so contain everything that was left to chance: the sequences, the end points and the probes. They
 * say how far the number for all sentences of this kind may be, and can be trusted from a few dozen sequences on: look at
 * `sequences`.
 *
 * Memory: the states of the batch, and about 20·blocks·hidden numbers for each of at most 1,024 vectors (or of those of one
 * end point, where they are more). The batch must stay as it is meanwhile; the model may go on learning. The event loop
 * turns between time steps, but not while the eigenvalues of a simple RNN are computed (0.4 s for 256 units).
 *
 * @throws {InvalidArgumentError} on an option that cannot be used, or a batch that is not for this model or without tokens.
 * @throws {NonFiniteError} when a gradient is not finite.
 */
export async function gradientFlow(
  model: LanguageModel,
  batch: Batch,
  { maxDistance = 100, endPoints: count = 512, probes = 1, seed = 1 }: GradientFlowOptions = {},
): Promise<GradientFlow[]> {
  checkNumber('maxDistance', maxDistance, { integer: true, min: 0 });
  checkNumber('endPoints', count, { integer: true, min: 1 });
  checkNumber('probes', probes, { integer: true, min: 1 });
  checkNumber('seed', seed, { integer: true });
  const trajectory = new ModelTrajectory(model, batch);
  try {
    const endPoints = drawEndPoints(batch, count, seed);
    if (endPoints.length === 0) throw new InvalidArgumentError('Expected a batch with tokens, got one without');
    const flow = await estimateFlow(trajectory, batch, {
      endPoints,
      maxDistance,
      probes: randomSigns(seed, probes, trajectory),
    });
    const matrices = model.cell === rnn ? trajectory.recurrentWeights : [];
    const powers = matrices.map((matrix) => recurrentPowers(matrix, flow.length - 1));
    return flow.map((of) => ({ ...of, recurrentPowers: powers.flatMap((layer) => layer[of.distance] ?? []) }));
  } finally {
    trajectory.dispose();
  }
}

/** Vectors of 1 and −1 (Rademacher): a function of the seed, the end point and the number of the probe alone. */
function randomSigns(seed: number, count: number, { states, size }: ModelTrajectory): Probes {
  const { bits } = random(seed, 'gradient flow probes');
  const columns = states.shape[1];
  return {
    count,
    element: ({ time, sequence }, probe, column) =>
      bits(((time * size + sequence) * count + probe) * columns + column) & 1 ? 1 : -1,
  };
}
