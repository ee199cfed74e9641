import type { Tensor, Variable } from '@tensorflow/tfjs';
import { checkNumber, InvalidArgumentError, invalid } from '../errors.js';
import { nativeBackend } from '../graph/run/tensorflow/nativeBinding.js';
import { mapValues, type Named } from '../model/mapValues.js';
import type { StoredTensor } from '../model/safetensors.js';
import { tf } from '../tf.js';
import { AdamKernel } from './AdamKernel.js';
import { adamStepsOf } from './adam.js';
import type { Optimizer } from './Optimizer.js';
import { PlainSteps } from './PlainSteps.js';
import { slot } from './slot.js';
import type { TrainingState } from './TrainingState.js';
import { WeightAverage } from './WeightAverage.js';
import type { WeightSteps } from './WeightSteps.js';

/** Where an update goes on: steps made, weights, the optimizer's slots, and what the mean of the weights is made of. */
type Numbers = Pick<TrainingState, 'steps' | 'weights' | 'slots' | 'average'>;

/** Applies an optimizer to a model's weights and holds its slots, until `dispose()`. */
export class WeightUpdater {
  readonly #weights: Named<Variable>;
  readonly #optimizers: Named<WeightSteps>;
  readonly #average: WeightAverage | undefined;
  #steps: number;

  /**
   * Where a state is given, the weights become its weights, and the slots its slots. With a decay, it holds a mean of the weights, too.
   * @throws {InvalidArgumentError} when these are not finite numbers of the same names and shapes.
   */
  constructor(weights: Named<Variable>, optimizer: Optimizer, from?: Numbers, averageDecay?: number) {
    const slotNames = Object.fromEntries(optimizer.slots.map((name) => [name, name]));
    const slotShapes = mapValues(weights, (weight) => mapValues(slotNames, () => weight));
    if (from !== undefined) {
      checkShapes('weights', from.weights, weights);
      checkNames('weights with slots', from.slots, slotShapes);
      checkNumber('steps to resume from', from.steps, { integer: true, min: 0 });
      for (const [name, shapes] of Object.entries(slotShapes))
        checkShapes(`slots of ${name}`, from.slots[name] ?? {}, shapes);
      if (from.average !== undefined) checkShapes('averages', from.average, weights);
    }
    this.#weights = weights;
    this.#steps = from?.steps ?? 0;
    this.#optimizers = mapValues(weights, ({ shape }, name) => {
      const slots = mapValues(slotNames, (slotName) => {
        const stored = from?.slots[name]?.[slotName];
        return stored ? tf.tensor(stored.values, shape) : tf.zeros(shape);
      });
      return usedUp(slots, (given) => stepsOf(optimizer, given));
    });
    this.#average =
      averageDecay === undefined ? undefined : new WeightAverage(weights, averageDecay, this.#steps, from?.average);
    if (from !== undefined)
      for (const [name, weight] of Object.entries(weights))
        tf.tidy(() => weight.assign(tf.tensor((from.weights[name] as StoredTensor).values, weight.shape)));
  }

  /** Updates every weight by its gradient times `scale`. */
  apply(gradients: Named<Tensor>, scale: number, learningRate: number): void {
    this.#average?.hide();
    this.#steps++;
    for (const [name, weight] of Object.entries(this.#weights))
      tf.tidy(() => {
        const given = gradients[name];
        if (!given) throw new TypeError(`There is no gradient of ${name}`);
        const gradient = scale === 1 ? given : tf.mul(given, scale);
        this.#optimizers[name]?.update(weight, gradient, learningRate, this.#steps);
      });
    this.#average?.add();
  }

  /** Where a mean is held of one update or more, gives the model that, until `showWeights()` or the next update. */
  showAverage(): void {
    this.#average?.show();
  }

  /** Gives the model its weights back. */
  showWeights(): void {
    this.#average?.hide();
  }

  /** How many updates have been made. */
  get steps(): number {
    return this.#steps;
  }

  /** The numbers as they are now, copied. */
  numbers(): Numbers {
    return {
      steps: this.#steps,
      weights: mapValues(this.#average?.weights ?? this.#weights, storedTensor),
      slots: mapValues(this.#optimizers, (one) => usedUp(one.slots(), (slots) => mapValues(slots, storedTensor))),
      ...(this.#average && { average: mapValues(this.#average.means, storedTensor) }),
    };
  }

  /** Frees the slots, and where a mean is held, leaves the model with that. */
  dispose(): void {
    this.showAverage();
    this.#average?.dispose();
    for (const one of Object.values(this.#optimizers)) one.dispose();
  }
}

/** Begins with these slots, which stay the caller's. */
function stepsOf(optimizer: Optimizer, slots: Named<Tensor>): WeightSteps {
  const backend = nativeBackend();
  const adamSteps = adamStepsOf(optimizer);
  if (!backend || !adamSteps) return new PlainSteps(optimizer, slots);
  return new AdamKernel(backend, adamSteps, { mean: slot(slots, 'mean'), meanSquare: slot(slots, 'meanSquare') });
}

/** What comes of tensors, which are disposed of then. */
function usedUp<T>(tensors: Named<Tensor>, use: (tensors: Named<Tensor>) => T): T {
  try {
    return use(tensors);
  } finally {
    tf.dispose(tensors as Record<string, Tensor>);
  }
}

function storedTensor(tensor: Tensor): StoredTensor {
  return { shape: [...tensor.shape], values: Float32Array.from(tensor.dataSync()) };
}

function checkShapes(what: string, given: Named<StoredTensor>, expected: Named<Tensor>): void {
  checkNames(what, given, expected);
  for (const [name, stored] of Object.entries(given)) {
    const wanted = expected[name];
    const { shape, values }: Partial<StoredTensor> = stored ?? {};
    if (!Array.isArray(shape) || !(values instanceof Float32Array))
      throw invalid(`${what} of ${name}`, 'numbers', stored);
    if (shape.join() !== wanted?.shape.join() || values.length !== wanted.size)
      throw new InvalidArgumentError(`Expected ${name} of shape [${wanted?.shape}] to resume from, got [${shape}]`);
    if (!values.every(Number.isFinite)) throw invalid(`every number of ${name} to resume from`, 'finite', values);
  }
}

function checkNames(what: string, given: object, expected: object): void {
  if (typeof given !== 'object' || given === null) throw invalid(`${what} to resume from`, 'an object', given);
  const [got, wanted] = [given, expected].map((named) => Object.keys(named).sort().join(', '));
  if (got !== wanted) throw new InvalidArgumentError(`Expected ${what} ${wanted} to resume from, got ${got || 'none'}`);
}
