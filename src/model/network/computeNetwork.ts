import type { GradSaveFunc, Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';
import { nativeBackend } from '../../graph/run/tensorflow/nativeBinding.js';
import { tf } from '../../tf.js';
import type { Named } from '../mapValues.js';
import type { StateNumbers } from '../RecurrentState.js';
import type { Engine } from './Engine.js';
import { NativeEngine } from './NativeEngine.js';
import type { Network, Sequences } from './Network.js';
import {
  gatesOfSequences,
  gradientsInOrder,
  type InputSequences,
  lossOfSequences,
  tensorsInOrder,
} from './sequences.js';
import { TfjsEngine } from './TfjsEngine.js';

/** Gives an action the engine for the backend in use. Of what it makes, only tensors that were handed over outlive the action. */
export function withEngine<R>(action: <T>(engine: Engine<T>) => R): R {
  const backend = nativeBackend();
  return backend ? closing(new NativeEngine(backend), action) : closing(new TfjsEngine(), action);
}

function closing<T, R>(engine: Engine<T>, action: (engine: Engine<T>) => R): R {
  try {
    return action(engine);
  } finally {
    engine.close();
  }
}

/**
 * Σ mask·(−log p) in nats, which tfjs can differentiate by the network's tensors (to what the network's objective says); the caller disposes of it. To tfjs it is one
 * operation, whose gradients are computed together with it where a gradient is being taken: nothing waits for a way back that
 * never comes. Where the sequences are `carried`, `onStates` is given the states behind them.
 */
export function totalLoss(
  network: Network,
  sequences: Sequences,
  onStates = (_: readonly StateNumbers[]): void => {},
): Scalar {
  const withGradients = tf.engine().isTapeOn();
  const tensors = tensorsInOrder(network);
  const loss = tf.customGrad((...args) => {
    const save = args.at(-1) as unknown as GradSaveFunc;
    return withEngine(<T>(engine: Engine<T>) => {
      const { loss, gradients, states } = lossOfSequences(engine, network, sequences, withGradients);
      if (states) onStates(states);
      const ofTensors = gradients ? gradientsInOrder(network, gradients) : [];
      save(ofTensors.map((gradient, at) => engine.tensor(gradient, tensors[at]?.shape ?? [])));
      return {
        value: tf.scalar(loss),
        gradFunc: (dy: Tensor, saved: Tensor[]) => saved.map((gradient) => tf.mul(gradient, dy)),
      };
    });
  });
  return loss(...tensors) as Scalar;
}

/** The gates of every layer by name, each `[time·batch × …]`, time-major, which the caller disposes of. */
export function gatesOf(network: Network, sequences: InputSequences): Named<Tensor2D>[] {
  // Gates that were handed over before another failed are nobody's.
  return tf.tidy(() => withEngine((engine) => gatesOfSequences(engine, network, sequences)));
}
