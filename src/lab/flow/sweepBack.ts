import type { Tensor } from '@tensorflow/tfjs';
import { eventLoopTurns } from '../../eventLoop.js';
import { tf } from '../../tf.js';
import type { EndPoint } from './drawEndPoints.js';
import { numbersOf } from './numbersOf.js';
import { statesAt } from './statesAt.js';
import type { Trajectory } from './Trajectory.js';

/** What is sent back, and who is shown it on its way. */
export interface BackwardSweep {
  readonly endPoints: readonly EndPoint[];
  /** How many time steps back it goes at most. */
  readonly maxDistance: number;
  /**
   * The vectors that begin at end points of one time step: vectors v of the length of a state, the same number for each
   * end point, one end point after the other.
   */
  readonly start: (endPoints: readonly EndPoint[]) => Float32Array;
  /** Is shown what became of them at each time step t, from their own on: vᵀ·∂s_T/∂s_t, laid out in the same way. */
  readonly visit: (time: number, endPoints: readonly EndPoint[], products: Float32Array) => void;
}

/**
 * Sends vectors back along a trajectory, a time step after the other: one vector–Jacobian product of the transition
 * s_{t−1} → s_t for all that are under way. Lets the event loop turn between time steps.
 */
export async function sweepBack(
  trajectory: Trajectory,
  { endPoints, maxDistance, start, visit }: BackwardSweep,
): Promise<void> {
  const turn = eventLoopTurns();
  let underWay: EndPoint[] = [];
  let products: Float32Array = new Float32Array();
  for (let time = Math.max(...endPoints.map((end) => end.time)); time >= 0; time--) {
    const entering = endPoints.filter((end) => end.time === time);
    if (entering.length > 0) {
      products = joined(products, start(entering));
      underWay = [...underWay, ...entering];
    }
    if (underWay.length === 0) continue;
    visit(time, underWay, products);
    const staying = underWay.filter((end) => end.time - time < maxDistance);
    // Whoever entered first leaves first.
    products = products.subarray((products.length / underWay.length) * (underWay.length - staying.length));
    underWay = staying;
    if (time > 0 && underWay.length > 0) products = stepBack(trajectory, time, underWay, products);
    await turn();
  }
}

/** From vᵀ·∂s_T/∂s_t to vᵀ·∂s_T/∂s_{t−1}. */
function stepBack(
  trajectory: Trajectory,
  time: number,
  endPoints: readonly EndPoint[],
  products: Float32Array,
): Float32Array {
  const columns = trajectory.states.shape[1];
  const rows = products.length / columns;
  const perEndPoint = rows / endPoints.length;
  const sequences = Int32Array.from(
    { length: rows },
    (_, row) => endPoints[Math.floor(row / perEndPoint)]?.sequence ?? 0,
  );
  return numbersOf(() => {
    const previous = statesAt(trajectory, time - 1, sequences);
    const next = (): Tensor => trajectory.next(time, sequences, previous);
    // Unlike tf.grad, this takes a cell whose next state owes nothing to the one before.
    const { grads } = tf.engine().gradients(next, [previous], tf.tensor2d(products, [rows, columns]), true);
    return grads[0] ?? tf.zerosLike(previous);
  });
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
