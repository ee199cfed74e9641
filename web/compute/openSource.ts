import { InferenceModel, type OnProgress } from '../../src/browser.js';
import { ComputeFailure } from './ComputeFailure.js';
import { MOST_BYTES, PASSAGES } from './chooseFiles.js';
import type { GivenFile, OpenRequest } from './types.js';

/** What an `OpenRequest` asks for. */
export interface OpenedSource {
  readonly model: InferenceModel;
  readonly passages: string;
}

/** Loads a model from files or from a URL, and its held-out text. */
export async function openSource({ source, passages }: OpenRequest, onProgress: OnProgress): Promise<OpenedSource> {
  if (typeof source !== 'string') return ofFiles(source, passages, onProgress);
  const base = source.replace(/\/+$/, '');
  const model = await InferenceModel.load(base, { onProgress });
  return { model, passages: passages ?? (await passagesAt(base)) };
}

async function ofFiles(
  files: readonly GivenFile[],
  passages: string | undefined,
  onProgress: OnProgress,
): Promise<OpenedSource> {
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  if (bytes > MOST_BYTES)
    throw new ComputeFailure({
      kind: 'size',
      message: `Expected files of at most ${MOST_BYTES} bytes together, got ${bytes}`,
      advice: 'Take a smaller model.',
    });
  const text = files.find(({ name }) => name === PASSAGES)?.bytes;
  const others = files.filter(({ name }) => name !== PASSAGES).map(({ name, bytes }) => [name, bytes] as const);
  const model = await InferenceModel.load(Object.fromEntries(others), { onProgress });
  return { model, passages: passages ?? (text ? new TextDecoder().decode(text) : '') };
}

/** A run keeps them beside its models: `RUN/passages.txt`, `RUN/best/`. */
async function passagesAt(base: string): Promise<string> {
  const response = await fetch(`${base.slice(0, base.lastIndexOf('/'))}/${PASSAGES}`).catch(() => undefined);
  // There need not be any.
  return response?.ok ? response.text() : '';
}
