import type { Tensor, TensorContainer } from '@tensorflow/tfjs';
import { InspectionError } from '../errors.js';
import type { DropoutPlace } from '../model/dropoutMask.js';
import type { Gates, LanguageModel } from '../model/LanguageModel.js';
import { mapValues, type Named } from '../model/mapValues.js';
import type { RecurrentState } from '../model/RecurrentState.js';
import type { Batch } from '../pipeline/Batch.js';
import { tf } from '../tf.js';

/** What one step of a training worked with. Its tensors are the training's: read them, do not dispose of them. */
export class StepInspection {
  /** The model that learns. */
  readonly model: LanguageModel;
  /** What it has learned from in this step. */
  readonly batch: Batch;
  /** By the names of the weights; of the loss, before clipping. */
  readonly gradients: Named<Tensor>;
  /** The weights that these are gradients of: those before the update. */
  readonly weights: Named<Tensor>;
  /** Where the batch stands. */
  readonly place: DropoutPlace;
  readonly #state: RecurrentState | undefined;
  #gates: Gates[] | undefined;
  #ended = false;

  /** It owns the tensors from now on. `state` is what the batch's rows went on from. */
  constructor(
    model: LanguageModel,
    batch: Batch,
    place: DropoutPlace,
    { gradients, weights }: { readonly gradients: Named<Tensor>; readonly weights: Named<Tensor> },
    state?: RecurrentState | undefined,
  ) {
    this.model = model;
    this.batch = batch;
    this.gradients = gradients;
    this.weights = weights;
    this.place = place;
    this.#state = state;
  }

  /**
   * The gates of each layer, `[length·size × hidden]`, time-major, padding included. The first call computes them.
   * @throws {InspectionError} when the step has been emitted.
   */
  gates(): readonly Gates[] {
    if (this.#ended) throw lateInspection(this.place);
    // Whoever asks first may do so inside tf.tidy.
    this.#gates ??= this.model
      .gates(this.batch, { weights: this.weights, dropoutPlace: this.place, state: this.#state })
      .map((gates) => mapValues(gates, (gate) => tf.keep(gate)));
    return this.#gates;
  }

  /** Frees the tensors. */
  end(): void {
    this.#ended = true;
    tf.dispose([this.gradients, this.weights, this.#gates ?? []] as TensorContainer);
  }
}

/** Gives an inspection until it is ended, and holds nothing of it from then on: steps may be kept. */
export function untilEnd(inspection: StepInspection): { inspect: () => StepInspection; end: () => void } {
  let current: StepInspection | undefined = inspection;
  const { place } = inspection;
  return {
    inspect: () => {
      if (current) return current;
      throw lateInspection(place);
    },
    end: () => {
      current?.end();
      current = undefined;
    },
  };
}

function lateInspection({ epoch, index }: DropoutPlace): InspectionError {
  return new InspectionError(
    `Expected batch ${index} of epoch ${epoch} to be inspected while its step is being emitted, got a call after that`,
  );
}
