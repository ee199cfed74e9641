import type { Tensor } from '@tensorflow/tfjs';
import type { ExecutionContext } from 'ava';
import type { Engine } from '../../src/model/network/Engine.js';
import type { Network, Sequences } from '../../src/model/network/Network.js';
import { gradientsInOrder, lossOfSequences, tensorsInOrder } from '../../src/model/network/sequences.js';
import { random } from '../../src/random.js';
import { tf } from '../../src/tf.js';

/** Checks that the gradients that an engine gives are the slopes of a loss, along a random direction for each tensor of a network. */
export function areSlopes<T>(
  t: ExecutionContext,
  engine: Engine<T>,
  network: Network,
  sequences: Sequences,
  lossOf: (network: Network) => number,
): void {
  const { gradients } = lossOfSequences(engine, network, sequences, true);
  const ofTensors = gradientsInOrder(network, gradients ?? t.fail());
  for (const [place, tensor] of tensorsInOrder(network).entries()) {
    const { normal } = random(9, `direction ${place}`);
    const direction = Float32Array.from({ length: tensor.size }, (_, at) => normal(at));
    const expected = engine
      .numbers(ofTensors[place] ?? t.fail())
      .reduce((total, slope, at) => total + slope * (direction[at] ?? NaN), 0);
    const step = 2 ** -7;
    const lossAt = (by: number): number => {
      const moved = tf.tensor(
        tensor.dataSync().map((value, at) => value + by * (direction[at] ?? NaN)),
        tensor.shape,
      );
      return lossOf(withTensor(network, place, moved));
    };
    const slope = (8 * (lossAt(step) - lossAt(-step)) - (lossAt(2 * step) - lossAt(-2 * step))) / (12 * step);
    t.true(
      Math.abs(slope - expected) < 2e-3 * Math.max(1, Math.abs(expected)),
      `${place}: ${expected}, slope ${slope}`,
    );
  }
  engine.close();
}

/** The network with another tensor in place of the one at a place of `tensorsInOrder`. */
function withTensor(network: Network, place: number, tensor: Tensor): Network {
  const old = tensorsInOrder(network)[place];
  const swap = <T>(value: T): T => ((value as unknown) === old ? (tensor as unknown as T) : value);
  const each = <T>(named: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(named).map(([name, value]) => [name, swap(value)]));
  const { objective = {} } = network;
  const { pastDecode } = objective;
  return {
    ...network,
    objective: {
      ...objective,
      ...(pastDecode && {
        pastDecode: {
          weight: pastDecode.weight,
          matrix: swap(pastDecode.matrix),
          bias: swap(pastDecode.bias),
          tokenBias: swap(pastDecode.tokenBias),
        },
      }),
    },
    embedding: swap(network.embedding),
    projection: swap(network.projection),
    projectionBias: swap(network.projectionBias),
    layers: network.layers.map(({ weights, initial, ...layer }) => ({
      ...layer,
      weights: each(weights),
      initial: each(initial),
    })),
  };
}
