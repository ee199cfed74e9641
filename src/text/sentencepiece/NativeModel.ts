import type { SentencePieceModule } from 'sentencepiece-js';
import { FileFormatError } from '../../errors.js';

const PATH = 'model';

/**
 * A model in the wasm memory, there until `free`. Whatever is thrown but our own errors comes from within the module: a
 * number is a C++ exception, a `WebAssembly.RuntimeError` its end.
 */
export class NativeModel {
  readonly #module: SentencePieceModule;
  readonly #processor: InstanceType<SentencePieceModule['SentencePieceProcessor']>;

  /** @throws {FileFormatError} when SentencePiece does not take the model; `name` says what it is. */
  constructor(module: SentencePieceModule, bytes: Uint8Array, name: string) {
    this.#module = module;
    this.#processor = new module.SentencePieceProcessor();
    const message = this.#load(bytes);
    if (message === 'OK') return;
    this.free();
    throw new FileFormatError(`Expected ${name} to be a SentencePiece model, got: ${message}`);
  }

  /** The ids of a text, as the model counts them. */
  encode(text: string): number[] {
    return this.#withView(text, (view) => {
      const vector = this.#processor.EncodeAsIds(view);
      const ids: number[] = [];
      for (let index = 0, size = vector.size(); index < size; index++) ids.push(vector.get(index));
      vector.delete();
      return ids;
    });
  }

  free(): void {
    this.#processor.delete();
  }

  #load(bytes: Uint8Array): string {
    this.#module.FS.writeFile(PATH, bytes);
    try {
      return this.#withView(PATH, (path) => {
        const status = this.#processor.Load(path);
        const message = status.ToString();
        status.delete();
        return message;
      });
    } finally {
      this.#module.FS.unlink(PATH);
    }
  }

  #withView<T>(text: string, use: (view: { delete(): void }) => T): T {
    // Of a string with half a surrogate pair the module loses the next character; well formed, the half is U+FFFD.
    const string = new this.#module.StringView(text.toWellFormed());
    const view = string.getView();
    try {
      return use(view);
    } finally {
      view.delete();
      string.delete();
    }
  }
}
