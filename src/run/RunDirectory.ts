import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOneOf, FileFormatError, InvalidArgumentError, invalid } from '../errors.js';
import { checkWritableDirectory } from '../files/checkWritableDirectory.js';
import { writeWhole } from '../files/writeWhole.js';
import { LanguageModel } from '../model/LanguageModel.js';
import { SentencePieceTokenizer } from '../text/SentencePieceTokenizer.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import type { Checkpoint } from '../training/checkpoints/Checkpoint.js';
import { latestCheckpoint } from '../training/checkpoints/latestCheckpoint.js';
import { lockDirectory } from '../training/checkpoints/lockDirectory.js';

/** One line of `metrics.jsonl`. */
export interface EpochMetrics {
  /** Which epoch, from 1. */
  readonly epoch: number;
  /** Seconds of training since it began; evaluations do not count. */
  readonly seconds: number;
  /** Unmasked tokens of the epoch. */
  readonly tokens: number;
  /** Mean loss over the epoch's tokens, each batch measured before the model learned from it. */
  readonly trainNatsPerToken: number;
  /** Loss on the validation text after the epoch. */
  readonly validNatsPerToken: number;
  /** The same in bits, by character. */
  readonly validBitsPerCharacter: number;
  /** Unmasked tokens of the epoch by its seconds. */
  readonly tokensPerSecond: number;
  /** The share of places in batches that held padding. */
  readonly padding: number;
}

const BEST = 'best';
const LAST = 'last';
const METRICS = 'metrics.jsonl';
const SETTINGS = 'run.json';
const CHECKPOINTS = 'checkpoints';
const TOKENIZERS = { json: 'tokenizer.json', pieces: 'tokenizer.model' };

/** Where a run keeps its models, settings and metrics. Files are written whole or not at all. */
export class RunDirectory {
  /** Where it is. */
  readonly path: string;
  /** What the training goes on from; `undefined` where it begins. */
  readonly checkpoint: Checkpoint | undefined;
  readonly #metrics: EpochMetrics[];
  readonly #unlock: () => void;
  #bestLoss: number;

  private constructor(
    path: string,
    unlock: () => void,
    metrics: EpochMetrics[] = [],
    checkpoint: Checkpoint | undefined = undefined,
  ) {
    this.path = path;
    this.checkpoint = checkpoint;
    this.#unlock = unlock;
    this.#metrics = metrics;
    this.#bestLoss = Math.min(Infinity, ...metrics.map(({ validNatsPerToken }) => validNatsPerToken));
  }

  /**
   * Opens the directory of a run: a new one, one that takes the place of what is there (`overwrite`), or one that goes on from its
   * latest checkpoint (`resume`), and begins where there is none. It is this process's until `close()`.
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
    { mode = 'new', settings = {} }: { mode?: 'new' | 'resume' | 'overwrite'; settings?: object } = {},
  ): Promise<RunDirectory> {
    checkOneOf('mode', mode, ['new', 'resume', 'overwrite']);
    if (mode !== 'resume') return RunDirectory.create(path, settings, mode === 'overwrite');
    checkWritableDirectory(path);
    const found = latestCheckpoint(RunDirectory.checkpoints(path));
    if (found) return RunDirectory.resume(path, epochsIn(found.checkpoint), found.checkpoint);
    RunDirectory.checkMayBegin(path);
    return RunDirectory.create(path, settings, true);
  }

  /**
   * Checks that a new run may go into a directory, before any work.
   * @throws {InvalidArgumentError} when it is no path, or holds a run already and `overwrite` is not set.
   * @throws {FileWriteError} when it cannot be made or written into.
   */
  static checkNew(path: string, overwrite: boolean): void {
    checkWritableDirectory(path);
    if (!overwrite && filesOf(path).some((file) => existsSync(file)))
      throw new InvalidArgumentError(
        `Expected path to be a new directory, got ${path}, which holds a run: overwrite replaces it`,
        { options: ['path', 'overwrite'] },
      );
  }

  /**
   * The settings that a run began with; `undefined` where the directory holds none.
   * @throws {FileFormatError} when they cannot be read.
   */
  static async settings(path: string): Promise<Record<string, unknown> | undefined> {
    const file = join(path, SETTINGS);
    if (!existsSync(file)) return undefined;
    const { model: _, ...settings } = parseLine(await readFile(file, 'utf8'), file);
    return settings;
  }

  /**
   * Goes on with a run after its first `epochs` epochs; what was noted of later ones will be noted again. It is this
   * process's until `close()`.
   * @throws {DirectoryInUseError} when another process is training into it.
   * @throws {FileFormatError} when its metrics cannot be read.
   */
  static async resume(path: string, epochs: number, checkpoint?: Checkpoint): Promise<RunDirectory> {
    const unlock = lockDirectory(path);
    try {
      const file = join(path, METRICS);
      const lines = existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n') : [];
      const metrics = lines.filter((line) => line !== '').map((line) => parseLine(line, file));
      return new RunDirectory(path, unlock, metrics.slice(0, epochs) as unknown as EpochMetrics[], checkpoint);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /**
   * Makes the directory of a new run; it is this process's until `close()`.
   * @throws {InvalidArgumentError} when it holds a run already and `overwrite` is not set.
   * @throws {DirectoryInUseError} when another process is training into it.
   * @throws {FileWriteError} when it cannot be made or written into.
   */
  static async create(path: string, settings: object, overwrite: boolean): Promise<RunDirectory> {
    const written = `${jsonOf(settings)}\n`;
    RunDirectory.checkNew(path, overwrite);
    const unlock = lockDirectory(path);
    try {
      for (const file of filesOf(path)) rmSync(file, { recursive: true, force: true });
      writeWhole(join(path, SETTINGS), written);
    } catch (error) {
      unlock();
      throw error;
    }
    return new RunDirectory(path, unlock);
  }

  /**
   * Checks that a run that is to go on, and has no checkpoint, may begin, before any work.
   * @throws {InvalidArgumentError} when it has learned something, which would be lost.
   */
  static checkMayBegin(path: string): void {
    const learned = [METRICS, BEST].find((name) => existsSync(join(path, name)));
    if (learned !== undefined)
      throw new InvalidArgumentError(
        `Expected a checkpoint in ${join(path, CHECKPOINTS)} to go on from, got none, and the run has a ${learned}: overwrite, without resume, begins it again`,
        { options: ['overwrite', 'resume'] },
      );
  }

  /** Where the run's checkpoints are. */
  static checkpoints(path: string): string {
    return join(path, CHECKPOINTS);
  }

  /** How many epochs were noted. */
  get epochs(): number {
    return this.#metrics.length;
  }

  /** What was noted of each epoch, in order. */
  get metrics(): readonly EpochMetrics[] {
    return this.#metrics;
  }

  /** Lets others have the directory. */
  close(): void {
    this.#unlock();
  }

  /**
   * The best model of a run.
   * @throws {FileFormatError} when the directory holds none.
   */
  static async loadBest(path: string): Promise<LanguageModel> {
    try {
      return await LanguageModel.load(path && join(path, BEST));
    } catch (error) {
      if (existsSync(join(path, BEST))) throw error;
      const found = existsSync(join(path, SETTINGS))
        ? 'which holds no model yet'
        : `which ${path && existsSync(path) ? `has no ${BEST}` : 'is not there'}`;
      throw new FileFormatError(
        `Expected path to be the directory of a run, got ${path || 'an empty path'}, ${found}`,
        { options: ['path'] },
      );
    }
  }

  /** Writes the tokenizer for other programs; the models hold it too. */
  async saveTokenizer(tokenizer: Tokenizer): Promise<void> {
    if (tokenizer instanceof SentencePieceTokenizer) await tokenizer.save(join(this.path, TOKENIZERS.pieces));
    else writeWhole(join(this.path, TOKENIZERS.json), `${JSON.stringify(tokenizer)}\n`);
  }

  /** Saves the model as it is after an epoch. */
  async saveLast(model: LanguageModel, metrics: Partial<EpochMetrics>): Promise<void> {
    await model.save(join(this.path, LAST), { figures: figuresOf(metrics) });
  }

  /** Notes an epoch; where its validation loss is the lowest so far, saves the model as the best. */
  async record(model: LanguageModel, metrics: EpochMetrics): Promise<void> {
    this.#metrics.push(metrics);
    const lines = this.#metrics.map((line) => `${JSON.stringify(line)}\n`);
    writeWhole(join(this.path, METRICS), lines.join(''));
    if (metrics.validNatsPerToken >= this.#bestLoss) return;
    this.#bestLoss = metrics.validNatsPerToken;
    await model.save(join(this.path, BEST), { figures: figuresOf(metrics) });
  }
}

/** How many epochs were recorded before a checkpoint. */
function epochsIn({ notes }: Checkpoint): number {
  const { epochs } = (notes ?? {}) as { epochs?: unknown };
  if (typeof epochs === 'number') return epochs;
  throw new FileFormatError('Expected a checkpoint that fit made, to go on from, got one of another program');
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

function parseLine(text: string, file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below.
  }
  throw new FileFormatError(`Expected ${file} to hold JSON objects, got ${text.slice(0, 60)}`);
}

/** What a model's README says of its training. */
function figuresOf(metrics: Partial<EpochMetrics>): Record<string, number> {
  const { epoch, trainNatsPerToken, validNatsPerToken, validBitsPerCharacter } = metrics;
  const figures = {
    epoch,
    'loss on the training text, nats per token': trainNatsPerToken,
    'loss on the validation text, nats per token': validNatsPerToken,
    'bits per character of the validation text': validBitsPerCharacter,
  };
  const known = Object.entries(figures).filter((figure): figure is [string, number] => figure[1] !== undefined);
  return Object.fromEntries(known.map(([name, value]) => [name, Number(value.toFixed(4))]));
}

/** Everything that a run may have: what has a known name, and what was logged for TensorBoard. */
function filesOf(path: string): string[] {
  const found = existsSync(path) && statSync(path).isDirectory() ? readdirSync(path) : [];
  const logs = found.filter((name) => name.startsWith('events.out.tfevents.'));
  // A save that was killed leaves its directory beside the model's.
  const models = found.filter((name) => /^(best|last)(\.replaced|\.saving-[\d-]+)?$/.test(name));
  return [...models, CHECKPOINTS, METRICS, SETTINGS, TOKENIZERS.json, TOKENIZERS.pieces, ...logs].map((name) =>
    join(path, name),
  );
}
