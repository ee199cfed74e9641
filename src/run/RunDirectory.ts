import { existsSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { checkNumber, checkOneOf, checkString, FileFormatError, InvalidArgumentError, invalid } from '../errors.js';
import { checkWritableDirectory } from '../files/checkWritableDirectory.js';
import { lockDirectory } from '../files/lockDirectory.js';
import { writeWhole } from '../files/writeWhole.js';
import type { Precision } from '../model/inPrecision.js';
import { LanguageModel, type LoadOptions } from '../model/LanguageModel.js';
import { parseJsonObject } from '../model/parseJsonObject.js';
import { PieceTokenizer } from '../text/PieceTokenizer.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import type { Checkpoint } from '../training/checkpoints/Checkpoint.js';
import { type FoundCheckpoint, latestCheckpoint } from '../training/checkpoints/latestCheckpoint.js';
import type { Evaluation } from '../training/evaluate.js';
import { bestMetrics, type EpochMetrics, lowestLoss, readMetrics, writeMetrics } from './EpochMetrics.js';
import { progressOf } from './FitProgress.js';
import { filesOfRun, RUN_FILES } from './runFiles.js';

const MODES = ['new', 'overwrite', 'resume'] as const;

/** How to open a run: a new one, one in the place of what is there, or one that goes on, and begins where nothing is there. */
export type RunMode = (typeof MODES)[number];

/** Where a run keeps its models, settings and metrics. Files are written whole or not at all. */
export class RunDirectory {
  /** Where it is. */
  readonly path: string;
  /** What the training goes on from; `undefined` where it begins. */
  readonly checkpoint: Checkpoint | undefined;
  readonly #metrics: EpochMetrics[];
  readonly #unlock: () => void;
  #isClosed = false;

  private constructor(path: string, unlock: () => void, metrics: EpochMetrics[], checkpoint?: Checkpoint) {
    this.path = path;
    this.checkpoint = checkpoint;
    this.#unlock = unlock;
    this.#metrics = metrics;
  }

  /**
   * Opens the directory of a run: a new one, one that takes the place of what is there (`overwrite`), or one that goes on from its
   * latest checkpoint (`resume`), and begins where there is none. It is this process's until `close()`. Metrics that were noted
   * after the checkpoint are dropped: they will be noted again.
   *
   *     const run = await RunDirectory.open('runs/speech', { mode: 'resume' });
   *     fit(model, { ...text, run, optimizer: adam(), until: { minutes: 10 } })
   *
   * @throws {InvalidArgumentError} when it is no path, a new one holds a run already, or one that is to begin has learned something.
   * @throws {DirectoryInUseError} when another process is training into it.
   * @throws {FileFormatError} when what it holds cannot be read.
   * @throws {FileWriteError} when it cannot be made or written into.
   */
  static async open(
    path: string,
    { mode = 'new', settings = {} }: { mode?: RunMode | undefined; settings?: object | undefined } = {},
  ): Promise<RunDirectory> {
    const written = `${jsonOf(settings)}\n`;
    checkOneOf('mode', mode, MODES);
    checkWritableDirectory(path);
    const unlock = lockDirectory(path);
    try {
      const found = RunDirectory.check(path, mode)?.checkpoint;
      if (found) return new RunDirectory(path, unlock, readMetrics(metricsOf(path), progressOf(found).epochs), found);
      for (const file of filesOfRun(path)) rmSync(file, { recursive: true, force: true });
      writeWhole(join(path, RUN_FILES.settings), written);
      return new RunDirectory(path, unlock, []);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /**
   * Checks that a run may be opened, before any work, and leaves everything as it is; gives the checkpoint that it would go on from.
   * @throws {InvalidArgumentError} when it is no path, a new one holds a run already, or one that is to begin has learned
   *   something, which would be lost.
   * @throws {FileFormatError} when its checkpoints or metrics cannot be read.
   * @throws {FileWriteError} when it cannot be made or written into.
   */
  static check(path: string, mode: RunMode): FoundCheckpoint | undefined {
    checkOneOf('mode', mode, MODES);
    checkWritableDirectory(path);
    if (mode === 'new' && filesOfRun(path).some((file) => existsSync(file)))
      throw new InvalidArgumentError(
        `Expected path to be a new directory, got ${path}, which holds a run: overwrite replaces it`,
        { options: ['path', 'overwrite'] },
      );
    if (mode !== 'resume') return undefined;
    const found = latestCheckpoint(RunDirectory.checkpoints(path));
    // They are read again where it is opened; until then, others may write.
    if (found) readMetrics(metricsOf(path), progressOf(found.checkpoint).epochs);
    const learned = [RUN_FILES.metrics, RUN_FILES.best].find((name) => existsSync(join(path, name)));
    if (!found && learned !== undefined)
      throw new InvalidArgumentError(
        `Expected a checkpoint in ${RunDirectory.checkpoints(path)} to go on from, got none, and the run has a ${learned}: overwrite, without resume, begins it again`,
        { options: ['overwrite', 'resume'] },
      );
    return found;
  }

  /**
   * The settings that a run began with; `undefined` where the directory holds none.
   * @throws {FileFormatError} when they cannot be read.
   */
  static async settings(path: string): Promise<Record<string, unknown> | undefined> {
    const file = join(path, RUN_FILES.settings);
    if (!existsSync(file)) return undefined;
    const { model: _, ...settings } = parseJsonObject(await readFile(file), file);
    return settings;
  }

  /** Where the run's checkpoints are. */
  static checkpoints(path: string): string {
    return join(path, RUN_FILES.checkpoints);
  }

  /**
   * The best model of a run.
   * @throws {InvalidArgumentError} when an option cannot be used.
   * @throws {FileFormatError} when the directory holds none.
   */
  static async loadBest(path: string, options: LoadOptions = {}): Promise<LanguageModel> {
    const best = path && join(path, RUN_FILES.best);
    try {
      return await LanguageModel.load(best, options);
    } catch (error) {
      if (existsSync(best)) throw error;
      const found = existsSync(join(path, RUN_FILES.settings))
        ? 'which holds no model yet'
        : `which ${path && existsSync(path) ? `has no ${RUN_FILES.best}` : 'is not there'}`;
      throw new FileFormatError(
        `Expected path to be the directory of a run, got ${path || 'an empty path'}, ${found}`,
        { options: ['path'] },
      );
    }
  }

  /**
   * Saves the best model of a run elsewhere, with the figures of its training.
   * @throws {InvalidArgumentError} when an option cannot be used, or `to` is within the run, whose own models stay.
   * @throws {FileFormatError} when the directory holds no model, or its metrics cannot be read.
   * @throws {FileWriteError} when it cannot be written.
   */
  static async exportBest(
    path: string,
    { to, precision }: { to: string; precision?: Precision | undefined },
  ): Promise<void> {
    const within = relative(resolve(path), resolve(to));
    if (within.split(sep)[0] !== '..' && !isAbsolute(within))
      throw new InvalidArgumentError(`Expected a directory outside the run ${path}, got ${to}`, { options: ['to'] });
    const model = await RunDirectory.loadBest(path);
    try {
      const best = bestMetrics(readMetrics(metricsOf(path)));
      await model.save(to, { precision, metrics: best && forCard(best) });
    } finally {
      model.dispose();
    }
  }

  /** What was noted at each evaluation, in order. */
  get metrics(): readonly EpochMetrics[] {
    return this.#metrics;
  }

  /** What was noted of the best model; `undefined` where nothing was. */
  get best(): EpochMetrics | undefined {
    return bestMetrics(this.#metrics);
  }

  /** Lets others have the directory; nothing is written into it after that. May be called again. */
  close(): void {
    this.#isClosed = true;
    this.#unlock();
  }

  /**
   * Checks that the directory is still this run's.
   * @throws {InvalidArgumentError} when the run is closed: the directory may be another training's by now.
   */
  checkOpen(): void {
    if (this.#isClosed)
      throw new InvalidArgumentError(
        `Expected the run in ${this.path} to be open, got one that is closed: open it again`,
        {
          options: ['run'],
        },
      );
  }

  /**
   * Writes the tokenizer for other programs; the models hold it too.
   * @throws {InvalidArgumentError} when the run is closed.
   * @throws {FileWriteError} when it cannot be written.
   */
  async saveTokenizer(tokenizer: Tokenizer): Promise<void> {
    this.checkOpen();
    if (tokenizer instanceof PieceTokenizer) writeWhole(join(this.path, RUN_FILES.pieces), tokenizer.bytes);
    else writeWhole(join(this.path, RUN_FILES.characters), `${JSON.stringify(tokenizer)}\n`);
  }

  /**
   * Writes held-out text, in which the page looks for passages: `passagesOf` makes it.
   * @throws {InvalidArgumentError} when it is no text, or the run is closed.
   * @throws {FileWriteError} when it cannot be written.
   */
  async savePassages(text: string): Promise<void> {
    checkString('text', text);
    this.checkOpen();
    writeWhole(join(this.path, RUN_FILES.passages), text);
  }

  /**
   * Saves the model as it is at an evaluation.
   * @throws {InvalidArgumentError} when the run is closed.
   * @throws {FileWriteError} when it cannot be written.
   */
  async saveLast(model: LanguageModel, metrics: Partial<EpochMetrics>): Promise<void> {
    this.checkOpen();
    await model.save(join(this.path, RUN_FILES.last), { metrics: forCard(metrics) });
  }

  /**
   * Notes an evaluation; where its validation loss is the lowest so far, saves the model as the best.
   * @throws {InvalidArgumentError} when the run is closed.
   * @throws {FileWriteError} when it cannot be written.
   */
  async record(model: LanguageModel, metrics: EpochMetrics): Promise<void> {
    this.checkOpen();
    const lowest = lowestLoss(this.#metrics);
    this.#metrics.push(metrics);
    writeMetrics(metricsOf(this.path), this.#metrics);
    if (metrics.validNatsPerToken < lowest)
      await model.save(join(this.path, RUN_FILES.best), { metrics: forCard(metrics) });
  }

  /**
   * Saves the best model anew, its logits divided by a temperature, and notes that with its metrics.
   * @throws {InvalidArgumentError} when the temperature is not above 0, or the run is closed, or has no best model.
   * @throws {FileWriteError} when it cannot be written.
   */
  async saveFitted(
    model: LanguageModel,
    { temperature, evaluation }: { temperature: number; evaluation: Evaluation },
  ): Promise<void> {
    checkNumber('temperature', temperature, { above: 0 });
    this.checkOpen();
    const best = this.best;
    if (best === undefined)
      throw new InvalidArgumentError(`Expected the run in ${this.path} to have a best model, got none`, {
        options: ['run'],
      });
    const { natsPerToken: fittedNatsPerToken, bitsPerCharacter: fittedBitsPerCharacter } = evaluation;
    const fitted: EpochMetrics = { ...best, temperature, fittedNatsPerToken, fittedBitsPerCharacter };
    await model.save(join(this.path, RUN_FILES.best), { metrics: forCard(fitted) });
    this.#metrics[this.#metrics.indexOf(best)] = fitted;
    writeMetrics(metricsOf(this.path), this.#metrics);
  }
}

function metricsOf(path: string): string {
  return join(path, RUN_FILES.metrics);
}

/** @throws {InvalidArgumentError} when settings are no object, or hold what JSON cannot. */
function jsonOf(settings: object): string {
  if (typeof settings !== 'object' || settings === null) throw invalid('settings', 'an object', settings);
  try {
    return JSON.stringify(settings, undefined, 2);
  } catch (error) {
    throw new InvalidArgumentError(`Expected settings that JSON can hold: ${(error as Error).message}`, {
      options: ['settings'],
      cause: error,
    });
  }
}

/** What a model's README says of its training. */
function forCard(metrics: Partial<EpochMetrics>): Record<string, number> {
  const { epoch, trainNatsPerToken, validNatsPerToken, validBitsPerCharacter, temperature } = metrics;
  const figures = {
    epoch,
    'loss on the training text, nats per token': trainNatsPerToken,
    'loss on the validation text, nats per token': metrics.fittedNatsPerToken ?? validNatsPerToken,
    'bits per character of the validation text': metrics.fittedBitsPerCharacter ?? validBitsPerCharacter,
    'softmax temperature, fitted on the validation text': temperature,
  };
  const known = Object.entries(figures).filter((figure): figure is [string, number] => Number.isFinite(figure[1]));
  return Object.fromEntries(known.map(([name, value]) => [name, Number(value.toFixed(4))]));
}
