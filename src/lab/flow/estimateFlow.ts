import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { NonFiniteError } from '../../errors.js';
import type { Batch } from '../../pipeline/Batch.js';
import { tf } from '../../tf.js';
import type { EndPoint } from './drawEndPoints.js';
import { FlowMeans, type StateFlow } from './FlowMeans.js';
import { numbersOf } from './numbersOf.js';
import { statesAt } from './statesAt.js';
import { sweepBack } from './sweepBack.js';
import type { Trajectory } from './Trajectory.js';

/** Vectors v with E[v·vᵀ] the identity matrix, so that E‖vᵀ·J‖² = ‖J‖_F² (Hutchinson 1990). */
export interface Probes {
  /** For each end point. */
  readonly count: number;
  /** A number of one of an end point's vectors. */
  element(endPoint: EndPoint, probe: number, column: number): number;
}

/** What is estimated from. */
export interface FlowSamples {
  readonly endPoints: readonly EndPoint[];
  readonly probes: Probes;
  readonly maxDistance: number;
}

/** Vectors that are sent back at once; memory is proportional to it. */
const MAX_ROWS = 1024;

/**
 * Estimates the flow along a trajectory at distances 0, 1, …, as far as the end points and `maxDistance` reach.
 * Positions whose mask is 0 do not count.
 * @throws {NonFiniteError} when a product is not finite.
 */
export async function estimateFlow(
  trajectory: Trajectory,
  { mask }: Pick<Batch, 'mask'>,
  { endPoints, probes, maxDistance }: FlowSamples,
): Promise<StateFlow[]> {
  const { parts, widths, size, states } = trajectory;
  const columns = states.shape[1];
  const vectors = 1 + probes.count * parts.length;
  const means: FlowMeans[] = [];
  const visit = (time: number, underWay: readonly EndPoint[], products: Float32Array): void => {
    for (const [place, { time: end, sequence }] of underWay.entries()) {
      const distance = end - time;
      means[distance] ??= new FlowMeans(parts, size);
      if (!((mask[time * size + sequence] ?? 0) > 0)) continue;
      const own = products.subarray(place * vectors * columns, (place + 1) * vectors * columns);
      means[distance].add(sequence, finite(squaredNorms(own, widths), distance));
    }
  };
  const start = (entering: readonly EndPoint[]): Float32Array => startingVectors(trajectory, entering, probes);
  const together = Math.max(1, Math.floor(MAX_ROWS / vectors));
  for (let first = 0; first < endPoints.length; first += together)
    await sweepBack(trajectory, {
      endPoints: endPoints.slice(first, first + together),
      maxDistance,
      start,
      visit,
    });
  return means.map((mean, distance) => mean.flow(distance));
}

/**
 * For each end point: the gradient of its loss, then each probe part by part, with zeros in place of the other parts: so
 * every product is about one part of the later state.
 */
function startingVectors(trajectory: Trajectory, endPoints: readonly EndPoint[], probes: Probes): Float32Array {
  const columns = trajectory.states.shape[1];
  const parts = trajectory.parts.length;
  const vectors = 1 + probes.count * parts;
  const partOf = trajectory.widths.flatMap((width, part) => new Array<number>(width).fill(part));
  const gradients = lossGradients(trajectory, endPoints);
  const all = new Float32Array(endPoints.length * vectors * columns);
  for (const [place, endPoint] of endPoints.entries()) {
    const own = all.subarray(place * vectors * columns, (place + 1) * vectors * columns);
    own.set(gradients.subarray(place * columns, (place + 1) * columns));
    for (let probe = 0; probe < probes.count; probe++)
      for (let column = 0; column < columns; column++) {
        const vector = 1 + probe * parts + (partOf[column] ?? 0);
        own[vector * columns + column] = probes.element(endPoint, probe, column);
      }
  }
  return all;
}

/** ∂loss_T/∂s_T at end points of one time step T, a row each. */
function lossGradients(trajectory: Trajectory, endPoints: readonly EndPoint[]): Float32Array {
  const time = endPoints[0]?.time ?? 0;
  const sequences = Int32Array.from(endPoints, ({ sequence }) => sequence);
  return numbersOf(() => {
    const loss = (state: Tensor): Tensor => trajectory.loss(time, sequences, state as Tensor2D);
    return tf.grad(loss)(statesAt(trajectory, time, sequences));
  });
}

/** Of the parts of each vector. */
function squaredNorms(vectors: Float32Array, widths: readonly number[]): number[] {
  const norms: number[] = [];
  for (let start = 0; start < vectors.length; )
    for (const width of widths) {
      let sum = 0;
      for (const end = start + width; start < end; start++) sum += (vectors[start] ?? 0) ** 2;
      norms.push(sum);
    }
  return norms;
}

function finite(numbers: readonly number[], distance: number): readonly number[] {
  const found = numbers.find((number) => !Number.isFinite(number));
  if (found === undefined) return numbers;
  throw new NonFiniteError(
    `Expected finite gradients at distance ${distance}, got ${found}: the weights are not finite, or the gradients grow beyond float32; in that case a smaller maxDistance helps`,
  );
}
