import type { ChosenFiles, ComputeProblem, ListedFile } from './types.js';

/** The files that every model has, the one of two that says what its tokens are, and those that it may have. */
const NEEDED = ['config.json', 'model.safetensors'] as const;
const TOKENIZERS = ['tokenizer.json', 'tokenizer.model'] as const;
const CELL = 'cell.json';

/** Held-out text of a run. */
export const PASSAGES = 'passages.txt';

/** The most that a model may have for a page, in bytes: it is there twice while it is opened. */
export const MOST_BYTES = 2 ** 29;
/** The most held-out text that is read, in bytes; a run keeps less. */
const MOST_PASSAGES = 2 ** 20;

/** Of several models, those in folders of these names come first. */
const FAVOURED = ['best', 'last'];

const WHAT_TO_DROP =
  'Drop the directory of a run that babblebrook train wrote, or its folder best, with all that is in it.';

/** Which of the files that were dropped make a model. */
export function chooseFiles(files: readonly ListedFile[]): ChosenFiles {
  const folders = new Map<string, ListedFile[]>();
  for (const file of files) {
    const folder = folderOf(file.path);
    const inside = folders.get(folder);
    if (inside) inside.push(file);
    else folders.set(folder, [file]);
  }
  const models = [...folders].filter(([, inside]) => missingOf(inside).length === 0).map(([folder]) => folder);
  const [folder] = models.sort(byFavour);
  if (folder === undefined) return { problem: noModel(files, folders) };
  const inside = folders.get(folder) ?? [];
  const tokenizer = TOKENIZERS.find((name) => inside.some(({ path }) => nameOf(path) === name));
  const names: readonly (string | undefined)[] = [...NEEDED, CELL, tokenizer];
  const chosen = inside.filter(({ path }) => names.includes(nameOf(path)));
  const bytes = chosen.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MOST_BYTES) return { problem: tooLarge(bytes) };
  const empty = chosen.find(({ size }) => size === 0);
  if (empty)
    return {
      problem: {
        kind: 'file',
        message: `Expected ${empty.path} to have content, got an empty file`,
        advice: WHAT_TO_DROP,
      },
    };
  const passages = passagesOf(files, folder);
  return { files: passages ? [...chosen, passages] : chosen, folder, others: models.slice(1) };
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function missingOf(inside: readonly ListedFile[]): string[] {
  const names = inside.map(({ path }) => nameOf(path));
  const missing: string[] = NEEDED.filter((name) => !names.includes(name));
  return TOKENIZERS.some((name) => names.includes(name)) ? missing : [...missing, TOKENIZERS.join(' or ')];
}

function byFavour(a: string, b: string): number {
  const rank = (folder: string): number => {
    const at = FAVOURED.indexOf(nameOf(folder));
    return at < 0 ? FAVOURED.length : at;
  };
  const depth = (folder: string): number => (folder === '' ? 0 : folder.split('/').length);
  return rank(a) - rank(b) || depth(a) - depth(b) || (a < b ? -1 : Number(a > b));
}

/** Beside the model, or beside its folder. */
function passagesOf(files: readonly ListedFile[], folder: string): ListedFile | undefined {
  const places = [folder, folderOf(folder)].map((place) => (place === '' ? PASSAGES : `${place}/${PASSAGES}`));
  return files.find(({ path, size }) => places.includes(path) && size <= MOST_PASSAGES);
}

function noModel(files: readonly ListedFile[], folders: ReadonlyMap<string, readonly ListedFile[]>): ComputeProblem {
  if (files.length === 0)
    return { kind: 'file', message: 'Expected the files of a model, got none', advice: WHAT_TO_DROP };
  const partial = [...folders]
    .map(([folder, inside]) => ({ folder, missing: missingOf(inside) }))
    .filter(({ missing }) => missing.length < 3)
    .sort((a, b) => a.missing.length - b.missing.length || byFavour(a.folder, b.folder));
  const [nearest] = partial;
  if (!nearest) {
    const names = files.slice(0, 3).map(({ path }) => nameOf(path));
    const more = files.length > 3 ? ` and ${files.length - 3} more` : '';
    const message = `Expected the files of a model, ${NEEDED.join(', ')} and ${TOKENIZERS.join(' or ')}, got ${names.join(', ')}${more}`;
    return { kind: 'file', message, advice: WHAT_TO_DROP };
  }
  const place = nearest.folder === '' ? 'among the files' : `in ${nearest.folder}`;
  return {
    kind: 'file',
    message: `Expected ${nearest.missing.join(', ')} ${place}, too, got none`,
    advice: WHAT_TO_DROP,
  };
}

function tooLarge(bytes: number): ComputeProblem {
  const inMegabytes = (of: number): string => `${Math.ceil(of / 1e6)} MB`;
  return {
    kind: 'size',
    message: `Expected a model of at most ${inMegabytes(MOST_BYTES)}, got one of ${inMegabytes(bytes)}`,
    advice: 'babblebrook export --precision float16 writes it in half the bytes.',
  };
}
