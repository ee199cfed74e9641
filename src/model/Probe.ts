import { checkNumber, InvalidArgumentError, invalid } from '../errors.js';
import { checkList, checkObject } from '../graph/checkData.js';

/**
 * What a model gives for a few ids, written when it is saved and compared when it is loaded: whatever reads a cell's equation
 * wrongly gives something else.
 */
export interface Probe {
  /** The first is read to begin. */
  readonly ids: readonly number[];
  /** Of each other id behind those before it, in nats; `null` where that is not a finite number. */
  readonly logProbabilities: readonly (number | null)[];
}

const STEPS = 12;
const TOLERANCE = 1e-4;
const GOLDEN_RATIO = (1 + Math.sqrt(5)) / 2;

/** The ids that a model of a vocabulary is asked for: some from all over it. */
export function probeIds(vocabularySize: number): number[] {
  return Array.from({ length: STEPS + 1 }, (_, step) => Math.floor(((step * GOLDEN_RATIO) % 1) * vocabularySize));
}

/**
 * Checks what should be a probe, from a file.
 * @throws {BabblebrookError} when it is none.
 */
export function parseProbe(data: unknown): Probe {
  const { ids, logProbabilities } = checkObject('probe', data, ['ids', 'logProbabilities']);
  const checked = checkList("the probe's ids", ids, { min: 2, max: 1000 });
  const count = checked.length - 1;
  return {
    ids: checked.map((id) => checkNumber("an id of the probe's", id, { integer: true, min: 0 })),
    logProbabilities: checkList("the probe's logProbabilities", logProbabilities, { min: count, max: count }).map(
      (value) => (value === null ? value : checkNumber('a log-probability', value)),
    ),
  };
}

/** A probe's log-probabilities, as JSON holds them. */
export function probeOf(ids: readonly number[], logProbabilities: readonly number[]): Probe {
  return { ids, logProbabilities: logProbabilities.map((value) => (Number.isFinite(value) ? value : null)) };
}

/**
 * Checks that a model gives what was recorded.
 * @throws {InvalidArgumentError} when it does not.
 */
export function checkProbe(recorded: Probe, got: Probe): void {
  for (const [step, expected] of recorded.logProbabilities.entries()) {
    const value = got.logProbabilities[step] ?? null;
    const isSame =
      expected === null || value === null
        ? expected === value
        : Math.abs(value - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
    if (!isSame)
      throw new InvalidArgumentError(
        `Expected the cell and the weights that were saved, which give id ${recorded.ids[step + 1]} at time step ${step} the log-probability ${expected}, got ${value}`,
      );
  }
}

/**
 * Checks that a probe's ids are of a vocabulary.
 * @throws {InvalidArgumentError} when one is not.
 */
export function checkProbeIds({ ids }: Probe, vocabularySize: number): void {
  for (const id of ids) if (id >= vocabularySize) throw invalid('an id of the probe', `below ${vocabularySize}`, id);
}
