import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { score } from '../../src/decoding/score.js';
import { sha256 } from '../../src/files/sha256.js';
import type { LanguageModel } from '../../src/model/LanguageModel.js';

/** The files of a saved model by name. */
export type SavedFiles = Record<string, Buffer | string>;

/** Reads the files of a model that was saved with a tokenizer of characters. */
export async function readSaved(path: string): Promise<Record<string, Buffer>> {
  const names = ['config.json', 'cell.json', 'model.safetensors', 'tokenizer.json', 'README.md'];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(path, name))])));
}

/** Writes files as a new directory. */
export async function writeSaved(path: string, files: SavedFiles): Promise<string> {
  await mkdir(path);
  for (const [name, data] of Object.entries(files)) await writeFile(join(path, name), data);
  return path;
}

/** The files with checksums that fit them, so that it is not a checksum that is wrong. */
export function resealed(files: SavedFiles): SavedFiles {
  const { sha256: _, ...members } = JSON.parse(String(files['config.json']));
  const sums = Object.fromEntries(
    ['cell.json', 'model.safetensors', members.tokenizer].map((name) => [name, sha256(files[name] ?? '')]),
  );
  sums['config.json'] = sha256(JSON.stringify(members));
  return { ...files, 'config.json': JSON.stringify({ ...members, sha256: sums }) };
}

/** The log-probabilities that a model gives the tokens of a sentence, EOS last. */
export async function logProbabilitiesOf(model: LanguageModel, sentence: string): Promise<number[]> {
  const { tokens } = await score(model, sentence);
  return tokens.map(({ logProbability }) => logProbability);
}
