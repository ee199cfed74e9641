import { isAbsolute, relative, resolve } from 'node:path';

/** Modules that export a cell of a user's own, by their names. */
export const MODULE = /\.[cm]?[jt]s$/;

/** Tokenizers that are made of the corpus, and no files. */
export const MADE = /^(characters|sentencepiece:\d+)$/;

/** The flags that may be paths. */
interface PathFlags {
  readonly corpus?: string[];
  readonly valid?: string;
  readonly tokenizer?: string;
  readonly initFrom?: string;
  readonly cell?: string;
  readonly cells?: string[];
}

/**
 * The directory of this process as a run sees it, for its settings: a run that goes on finds its texts from any directory, also
 * where it and they were moved together.
 */
export function hereFrom(run: string): string {
  return relative(resolve(run), process.cwd()) || '.';
}

/**
 * Flags whose paths are relative to another directory, as they are from here.
 *
 * @param directory what `hereFrom` gave when the run began; a run of an earlier version lacks it, and is taken to begin here
 */
export function pathsFromHere<Flags extends PathFlags>(
  flags: Flags,
  run: string,
  directory: string | undefined,
): Flags {
  const base = directory === undefined ? '' : resolve(run, directory);
  const fromHere = (path: string): string =>
    path === '-' || isAbsolute(path) ? path : relative('', resolve(base, path)) || '.';
  const cell = (name: string): string => (MODULE.test(name) ? fromHere(name) : name);
  return {
    ...flags,
    ...(flags.corpus && { corpus: flags.corpus.map(fromHere) }),
    ...(flags.valid !== undefined && { valid: fromHere(flags.valid) }),
    // That of `--init-from` is a model's, and no file of its own.
    ...(flags.tokenizer &&
      flags.initFrom === undefined &&
      !MADE.test(flags.tokenizer) && { tokenizer: fromHere(flags.tokenizer) }),
    ...(flags.initFrom !== undefined && { initFrom: fromHere(flags.initFrom) }),
    ...(flags.cell && { cell: cell(flags.cell) }),
    ...(flags.cells && { cells: flags.cells.map(cell) }),
  };
}
