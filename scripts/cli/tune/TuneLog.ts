import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { FileFormatError, FileWriteError, InvalidArgumentError } from '../../../src/errors.js';
import { writeWhole } from '../../../src/files/writeWhole.js';
import type { SearchSpace, SearchTrial } from '../../../src/lab.js';

/** What a search is of: the first line of its log. */
export interface Search {
  /** The files that were learned from, as they were given. */
  readonly corpus: readonly string[];
  /** What tells the text from others. */
  readonly fingerprint: string | undefined;
  readonly seed: number;
  /** What is not searched, and what trial 0 has: settings by the names of `train`'s flags. */
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly space: SearchSpace;
  /** On what it began: losses after so many minutes are a machine's. */
  readonly machine: string;
  readonly workers: number;
}

/** What a search must be to go on with a log; the seed first, as another one orders the text otherwise. */
const SAME = ['seed', 'fingerprint', 'recipe', 'space'] as const satisfies (keyof Search)[];

/** A trial as its line says it. */
export interface LoggedTrial extends SearchTrial {
  /** Why it has no loss. */
  readonly error?: string | undefined;
}

/** The file of a search: what it is of, then a line a trial. It is what the search goes on with. */
export class TuneLog {
  readonly #path: string;
  /** What the file says that the search is of; `undefined` where it has no such line, as those of before had none. */
  readonly search: Search | undefined;
  /** The trials that it holds. */
  readonly trials: readonly LoggedTrial[];

  private constructor(path: string, search: Search | undefined, trials: readonly LoggedTrial[]) {
    this.#path = path;
    this.search = search;
    this.trials = trials;
  }

  /**
   * Reads what a log holds, before any work; a line that a process did not finish when it was killed does not count.
   * @throws {FileFormatError} when it cannot be read, or a line is no trial.
   */
  static read(path: string): TuneLog {
    if (!existsSync(path)) return new TuneLog(path, undefined, []);
    const lines = textOf(path).split('\n').slice(0, -1);
    const found = lines.map((line, at) => parsed(line, `line ${at + 1} of ${path}`));
    const [first, ...rest] = found;
    const search = first && 'search' in first ? first.search : undefined;
    const trials = (search ? rest : found).map((one, at) => {
      if ('search' in one)
        throw new FileFormatError(`Expected ${path} to be of one search, got another in line ${at + 2}`);
      return one;
    });
    return new TuneLog(path, search, trials);
  }

  /**
   * Begins the file, or goes on with it: what was not finished goes.
   * @throws {InvalidArgumentError} when it is of another search.
   * @throws {FileWriteError} when it cannot be written.
   */
  open(search: Search): void {
    // As JSON has it: without what is undefined.
    const wanted = JSON.parse(JSON.stringify(search)) as Search;
    for (const name of SAME)
      if (this.search && !isDeepStrictEqual(this.search[name], wanted[name]))
        throw new InvalidArgumentError(
          `Expected the ${name} that the search in ${this.#path} began with, ${JSON.stringify(this.search[name])}, got ${JSON.stringify(wanted[name])}. Another --log begins another search`,
        );
    const begins = this.search ?? (this.trials.length === 0 ? wanted : undefined);
    this.#writing(() => mkdirSync(dirname(this.#path), { recursive: true }));
    const lines = [...(begins ? [{ search: begins }] : []), ...this.trials];
    writeWhole(this.#path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  /**
   * Notes a trial.
   * @throws {FileWriteError} when it cannot be written.
   */
  add(trial: LoggedTrial): void {
    this.#writing(() => appendFileSync(this.#path, `${JSON.stringify(trial)}\n`));
  }

  #writing(action: () => void): void {
    try {
      action();
    } catch (error) {
      throw new FileWriteError(`Expected to write ${this.#path}, but ${(error as Error).message}`, { cause: error });
    }
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new FileFormatError(`Expected to read ${path}, but ${(error as Error).message}`, { cause: error });
  }
}

/** @throws {FileFormatError} when a line is neither a trial nor what a search is of. */
function parsed(line: string, where: string): LoggedTrial | { search: Search } {
  try {
    const found = JSON.parse(line);
    if (typeof found?.search === 'object' && found.search !== null) return found;
    const { number, rung, minutes, settings, loss } = found;
    const isTrial = [number, rung, minutes].every(Number.isFinite) && (loss === null || Number.isFinite(loss));
    if (isTrial && typeof settings === 'object' && settings !== null) return found;
  } catch {
    // Told below.
  }
  throw new FileFormatError(`Expected ${where} to be a trial, got ${line.slice(0, 80)}`);
}
