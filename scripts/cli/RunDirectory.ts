import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import {
  FileFormatError,
  InvalidArgumentError,
  LanguageModel,
  SentencePieceTokenizer,
  type Tokenizer,
} from '../../src/index.js';

/** One line of `metrics.jsonl`. */
export interface EpochMetrics {
  /** Which epoch, from 1. */
  readonly epoch: number;
  readonly seconds: number;
  readonly tokens: number;
  readonly trainNatsPerToken: number;
  readonly validNatsPerToken: number;
  readonly validBitsPerCharacter: number;
  readonly tokensPerSecond: number;
  readonly padding: number;
}

const BEST = 'best.safetensors';
const LAST = 'last.safetensors';
const METRICS = 'metrics.jsonl';
const SETTINGS = 'run.json';
const TOKENIZERS = { json: 'tokenizer.json', pieces: 'tokenizer.model' };

/** Where a run keeps its models, settings and metrics. Files are written whole or not at all. */
export class RunDirectory {
  readonly path: string;
  readonly #metrics: EpochMetrics[] = [];
  #bestLoss = Infinity;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Checks that a new run may go into a directory, before any work.
   * @throws {InvalidArgumentError} when it holds a run already and `overwrite` is not set.
   */
  static checkNew(path: string, overwrite: boolean): void {
    if (!overwrite && filesOf(path).some((file) => existsSync(file)))
      throw new InvalidArgumentError(
        `Expected --out to be a new directory, got ${path}, which holds a run. --overwrite replaces it`,
      );
  }

  /**
   * Makes the directory of a new run.
   * @throws {InvalidArgumentError} when it holds a run already and `overwrite` is not set, or cannot be made.
   */
  static async create(path: string, settings: object, overwrite: boolean): Promise<RunDirectory> {
    RunDirectory.checkNew(path, overwrite);
    try {
      mkdirSync(path, { recursive: true });
      for (const file of filesOf(path)) rmSync(file, { force: true });
      await writeFileAtomic(join(path, SETTINGS), `${JSON.stringify(settings, undefined, 2)}\n`);
    } catch (error) {
      throw new InvalidArgumentError(
        `Expected --out to be a directory that can be written, got ${path}: ${(error as Error).message}`,
      );
    }
    return new RunDirectory(path);
  }

  /**
   * The best model of a run.
   * @throws {FileFormatError} when the directory holds none.
   */
  static async loadBest(path: string): Promise<LanguageModel> {
    if (!existsSync(join(path, BEST))) {
      const found = existsSync(join(path, SETTINGS)) ? 'which holds no model yet' : `which has no ${BEST}`;
      throw new FileFormatError(`Expected --run to be a directory made by npm run train, got ${path}, ${found}`);
    }
    return LanguageModel.load(join(path, BEST));
  }

  /** Writes the tokenizer for other programs; the models hold it too. */
  async saveTokenizer(tokenizer: Tokenizer): Promise<void> {
    if (tokenizer instanceof SentencePieceTokenizer) await tokenizer.save(join(this.path, TOKENIZERS.pieces));
    else await writeFileAtomic(join(this.path, TOKENIZERS.json), `${JSON.stringify(tokenizer)}\n`);
  }

  async saveLast(model: LanguageModel): Promise<void> {
    await model.save(join(this.path, LAST));
  }

  /** Notes an epoch; where its validation loss is the lowest so far, saves the model as the best. */
  async record(model: LanguageModel, metrics: EpochMetrics): Promise<void> {
    this.#metrics.push(metrics);
    const lines = this.#metrics.map((line) => `${JSON.stringify(line)}\n`);
    await writeFileAtomic(join(this.path, METRICS), lines.join(''));
    if (metrics.validNatsPerToken >= this.#bestLoss) return;
    this.#bestLoss = metrics.validNatsPerToken;
    await model.save(join(this.path, BEST));
  }
}

/** Every file that a run may have. */
function filesOf(path: string): string[] {
  return [BEST, LAST, METRICS, SETTINGS, TOKENIZERS.json, TOKENIZERS.pieces].map((name) => join(path, name));
}
