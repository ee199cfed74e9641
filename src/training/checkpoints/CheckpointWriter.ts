import { isDeepStrictEqual } from 'node:util';
import { isSameEquation } from '../../cells/recordCell.js';
import { InvalidArgumentError, invalid, NonFiniteError } from '../../errors.js';
import { backendReport } from '../../model/backend.js';
import type { LanguageModel } from '../../model/LanguageModel.js';
import type { TokenizerJSON } from '../../text/Tokenizer.js';
import type { TrainingState } from '../TrainingState.js';
import type { TrainingStep } from '../TrainingStep.js';
import type { Checkpoint, Json } from './Checkpoint.js';
import type { CheckpointDirectory } from './CheckpointDirectory.js';

/** Follows the steps of one training, and writes the checkpoint of the latest one when it is told to. */
export class CheckpointWriter {
  readonly #directory: CheckpointDirectory;
  readonly #notes: () => Json;
  /** What was there, until the first step. */
  #found: Checkpoint | undefined;
  #latest: { readonly step: TrainingStep; readonly identity: Pick<Checkpoint, 'config' | 'tokenizer'> } | undefined;
  #isSaved = true;

  /** Opens the directory, and throws what that throws. */
  constructor(directory: CheckpointDirectory, notes: () => Json) {
    this.#directory = directory;
    this.#notes = notes;
    this.#found = directory.open();
  }

  /**
   * Takes the step that is being emitted as the latest one.
   * @throws {InvalidArgumentError} when it is the first, and does not go on from the checkpoint that was found.
   */
  see(step: TrainingStep): void {
    const identity = this.#latest?.identity ?? identityOf(step.inspect().model);
    if (this.#found) checkGoesOn(this.#found, step, identity);
    this.#found = undefined;
    this.#latest = { step, identity };
    this.#isSaved = false;
  }

  /**
   * Saves the latest step; before the first, the checkpoint that was found, with this loss.
   * @throws {InvalidArgumentError} when there is neither, or the notes are not what JSON can hold.
   * @throws {NonFiniteError} when a weight or slot is not finite: such a checkpoint never takes the place of an older one.
   * @throws {FileWriteError} when it cannot be written.
   */
  save(validationLoss?: number): void {
    const known = this.#latest ? { state: this.#latest.step.state(), ...this.#latest.identity } : this.#found;
    if (!known) throw new InvalidArgumentError('Expected a training step before a checkpoint, got none');
    checkFinite(known.state);
    const { state, config, tokenizer } = known;
    const notes = checkedNotes(this.#notes());
    this.#directory.write({ state, config, tokenizer, notes, validationLoss, versions: versionsInUse() });
    this.#isSaved = true;
  }

  /** Saves the latest step, if it is not saved yet; throws what `save` throws. */
  saveLast(): void {
    if (!this.#isSaved) this.save();
  }
}

function checkGoesOn(
  found: Checkpoint,
  { step, inspect }: TrainingStep,
  { config, tokenizer }: Pick<Checkpoint, 'config' | 'tokenizer'>,
): void {
  const expected = 'Expected a training that goes on from the checkpoint in the directory';
  if (step !== found.state.steps)
    throw new InvalidArgumentError(
      `${expected}, of ${found.state.steps} steps, got one that begins at step ${step}: resume from it, or remove it`,
    );
  if (!isDeepStrictEqual({ config, tokenizer }, { config: found.config, tokenizer: found.tokenizer }))
    throw new InvalidArgumentError(`${expected}, got one of another model or tokenizer`);
  const { cell } = found.state;
  if (cell && !isSameEquation(cell, inspect().model.cellRecord))
    throw new InvalidArgumentError(`${expected}, got one whose cell ${config.cell} has another equation`);
}

function identityOf({ config, tokenizer }: LanguageModel): Pick<Checkpoint, 'config' | 'tokenizer'> {
  return { config: { ...config }, tokenizer: JSON.parse(JSON.stringify(tokenizer)) as TokenizerJSON };
}

/** The file is made of JSON: what that cannot hold would be missing when it is read. */
function checkedNotes(notes: Json): Json {
  try {
    if (isDeepStrictEqual(JSON.parse(JSON.stringify(notes)), notes)) return notes;
  } catch {
    // A cycle, a bigint, or `undefined`.
  }
  throw invalid('what notes() returns', 'what JSON can hold', notes);
}

function checkFinite({ steps, weights, slots }: TrainingState): void {
  for (const [name, weight] of Object.entries(weights))
    for (const { values } of [weight, ...Object.values(slots[name] ?? {})])
      if (!values.every(Number.isFinite))
        throw new NonFiniteError(
          `Expected finite numbers in weight ${name} and its slots after ${steps} steps, got others: not saved`,
        );
}

function versionsInUse(): Record<string, string> {
  const { backend, versions } = backendReport();
  return { ...versions, tensorflow: versions.tensorflow ?? 'none', backend };
}
