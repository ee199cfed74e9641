import { checkNumber } from '../errors.js';

/** Options of `plateau`. */
export interface PlateauOptions {
  /** The learning rate to begin with. */
  learningRate: number;
  /** What the rate is multiplied by when the loss no longer falls. Default 0.5. */
  factor?: number | undefined;
  /** How many reports in a row may bring no better loss before the rate falls. Default 1. */
  patience?: number | undefined;
  /** The rate falls no lower. Default 0. */
  minimum?: number | undefined;
}

/** A schedule that is told the validation loss. */
export interface PlateauSchedule {
  (): number;
  /** Tells the schedule a validation loss: call it in `afterEach` of `epochs`. */
  report(validationLoss: number): void;
}

/**
 * A learning rate that falls when the validation loss stops falling.
 *
 *     const schedule = plateau({ learningRate: 2e-3 });
 *     epochs(20, batches, { afterEach: async () => schedule.report((await evaluate(model, valid)).natsPerToken) })
 *
 * @throws {InvalidArgumentError} on an option out of range.
 */
export function plateau({ learningRate, factor = 0.5, patience = 1, minimum = 0 }: PlateauOptions): PlateauSchedule {
  checkNumber('learningRate', learningRate, { above: 0 });
  checkNumber('factor', factor, { above: 0, below: 1 });
  checkNumber('patience', patience, { integer: true, min: 0 });
  checkNumber('minimum', minimum, { min: 0, max: learningRate });
  let rate = learningRate;
  let best = Infinity;
  let worse = 0;
  const report = (validationLoss: number): void => {
    checkNumber('validationLoss', validationLoss);
    if (validationLoss < best) {
      best = validationLoss;
      worse = 0;
    } else if (++worse > patience) {
      rate = Math.max(minimum, rate * factor);
      worse = 0;
    }
  };
  return Object.assign(() => rate, { report });
}
