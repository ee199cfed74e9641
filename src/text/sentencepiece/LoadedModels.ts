import type { SentencePieceModule } from 'sentencepiece-js';
import { BabblebrookError, FileFormatError } from '../../errors.js';
import { NativeModel } from './NativeModel.js';
import { instantiateWasm } from './wasmModule.js';

/** A model that can be loaded into the wasm memory at any time. */
export interface ModelSource {
  readonly bytes: Uint8Array;
  /** What errors call it. */
  readonly name: string;
}

/** Models in the wasm memory at a time. */
const CAPACITY = 4;

/**
 * The models in the wasm memory, which JavaScript's garbage collection does not see: the few that were used last. Any
 * other is loaded again when it is used, which takes some milliseconds, so nobody has to free a tokenizer.
 */
export class LoadedModels {
  readonly #module: SentencePieceModule;
  /** The one used last comes last. */
  readonly #models = new Map<ModelSource, NativeModel>();

  constructor(module: SentencePieceModule) {
    this.#module = module;
  }

  /**
   * Uses a model.
   * @throws {FileFormatError} when SentencePiece does not take it, or fails with it.
   */
  use<T>(source: ModelSource, work: (model: NativeModel) => T): T {
    try {
      const model = this.#models.get(source) ?? this.#load(source);
      this.#models.delete(source);
      this.#models.set(source, model);
      return work(model);
    } catch (error) {
      if (error instanceof BabblebrookError) throw error;
      // What a C++ exception leaves on the stack adds up, so models that are loaded from now on get a new instance.
      shared = undefined;
      throw new FileFormatError(
        `Expected ${source.name} to be a SentencePiece model that can be used, got a failure in SentencePiece: ${String(error)}`,
        { cause: error },
      );
    }
  }

  #load({ bytes, name }: ModelSource): NativeModel {
    for (const [source, model] of this.#models) {
      if (this.#models.size < CAPACITY) break;
      model.free();
      this.#models.delete(source);
    }
    return new NativeModel(this.#module, bytes, name);
  }
}

let shared: Promise<LoadedModels> | undefined;

/** The process's models: one wasm instance holds them all, since it takes 16 MB and more and is never given back. */
export function loadedModels(): Promise<LoadedModels> {
  shared ??= instantiateWasm().then(
    (module) => new LoadedModels(module),
    (error: unknown) => {
      shared = undefined;
      throw error;
    },
  );
  return shared;
}
