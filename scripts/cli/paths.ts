import { existsSync } from 'node:fs';
import { isAbsolute, normalize, posix, relative, resolve, sep } from 'node:path';

/** Modules that export a cell of a user's own, by their names. */
export const MODULE = /\.[cm]?[jt]s$/;

/** Tokenizers that are made of the corpus, and no files. */
export const MADE = /^(auto|characters|sentencepiece:\d+)$/;

/** Texts that are no paths. */
const URL_OF_TEXT = /^https?:\/\//i;

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
 * Flags whose paths are relative to another directory, as they are from here. URLs stay as they are, and of a pattern, the directory
 * that it is looked for in is no pattern.
 *
 * @param directory what `hereFrom` gave when the run began; a run of an earlier version lacks it, and is taken to begin here
 */
export async function pathsFromHere<Flags extends PathFlags>(
  flags: Flags,
  run: string,
  directory: string | undefined,
): Promise<Flags> {
  // Not before: help and mistakes in flags are told without it.
  const { escapePath, isDynamicPattern } = await import('tinyglobby');
  const base = directory === undefined ? '' : resolve(run, directory);
  const fromHere = (path: string): string =>
    path === '-' || isAbsolute(path) ? path : relative('', resolve(base, path)) || '.';
  const textFromHere = (text: string): string => {
    if (URL_OF_TEXT.test(text)) return text;
    // What is there is no pattern, whatever its name holds: so has it whoever reads it.
    if (isAbsolute(text) || !isDynamicPattern(text) || existsSync(resolve(base, text))) return fromHere(text);
    const [, up = '', pattern = ''] = /^((?:\.\.\/)*)(.*)$/s.exec(normalize(text).replaceAll(sep, '/')) ?? [];
    return posix.join(escapePath(relative('', resolve(base, up)).replaceAll(sep, '/')), pattern);
  };
  const cell = (name: string): string => (MODULE.test(name) ? fromHere(name) : name);
  return {
    ...flags,
    ...(flags.corpus && { corpus: flags.corpus.map(textFromHere) }),
    ...(flags.valid !== undefined && { valid: textFromHere(flags.valid) }),
    // That of `--init-from` is a model's, and no file of its own.
    ...(flags.tokenizer &&
      flags.initFrom === undefined &&
      !MADE.test(flags.tokenizer) && { tokenizer: fromHere(flags.tokenizer) }),
    ...(flags.initFrom !== undefined && { initFrom: fromHere(flags.initFrom) }),
    ...(flags.cell && { cell: cell(flags.cell) }),
    ...(flags.cells && { cells: flags.cells.map(cell) }),
  };
}

/** Flags as they may be recorded and shown: the URLs of texts lack names of users and passwords. */
export function withoutPasswords<Flags extends PathFlags>(flags: Flags): Flags {
  return {
    ...flags,
    ...(flags.corpus && { corpus: flags.corpus.map(withoutPassword) }),
    ...(flags.valid !== undefined && { valid: withoutPassword(flags.valid) }),
  };
}

function withoutPassword(text: string): string {
  if (!URL_OF_TEXT.test(text) || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  return Object.assign(url, { username: '', password: '' }).href;
}
