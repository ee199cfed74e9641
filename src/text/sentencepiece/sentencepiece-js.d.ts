/** The part of sentencepiece-js, which has no types, that we use: Google's library as WebAssembly. */
declare module 'sentencepiece-js' {
  /** An object in the wasm memory, there until it is deleted. */
  interface WasmObject {
    delete(): void;
  }

  interface StringView extends WasmObject {
    getView(): WasmObject;
  }

  interface Status extends WasmObject {
    ToString(): string;
  }

  interface IntVector extends WasmObject {
    size(): number;
    get(index: number): number;
  }

  interface Processor extends WasmObject {
    Load(path: WasmObject): Status;
    EncodeAsIds(text: WasmObject): IntVector;
  }

  /** An instance of the wasm module. */
  export interface SentencePieceModule {
    readonly FS: { writeFile(path: string, bytes: Uint8Array): void; unlink(path: string): void };
    readonly StringView: new (text: string | Uint8Array) => StringView;
    readonly SentencePieceProcessor: new () => Processor;
  }

  export class SentencePieceProcessor {
    /** Set by `load`, before it reads the file. */
    sentencepiece?: SentencePieceModule;
    load(path: string): Promise<void>;
  }
}
