import type { SentencePieceModule } from 'sentencepiece-js';

/**
 * Makes an instance of SentencePiece's wasm module. sentencepiece-js does so only as it loads a model from a file, so
 * one is loaded that does not exist.
 */
export async function instantiateWasm(): Promise<SentencePieceModule> {
  const { SentencePieceProcessor } = await import('sentencepiece-js');
  const processor = new SentencePieceProcessor();
  const failure = await withoutEmscriptenListeners(() => processor.load('').catch((error: unknown) => error));
  if (processor.sentencepiece === undefined) throw failure;
  return processor.sentencepiece;
}

/** The listeners for `uncaughtException` and `unhandledRejection` that Emscripten's start code adds to the process. */
const EMSCRIPTEN_LISTENERS =
  /^function\s*\(\w+\)\s*\{(if\(!\(ex instanceof ExitStatus\)\)\{throw ex\}|throw reason)\}$/;

/**
 * Runs work that starts an Emscripten module, and takes the listeners away that it adds to the process: they would
 * print the whole module when an error is not caught, change the exit code, and keep every instance in memory.
 */
async function withoutEmscriptenListeners<T>(work: () => Promise<T>): Promise<T> {
  const remove = (event: string | symbol, listener: (...args: unknown[]) => void): void => {
    // This event comes before the listener is in the list.
    if (EMSCRIPTEN_LISTENERS.test(String(listener))) queueMicrotask(() => process.removeListener(event, listener));
  };
  process.on('newListener', remove);
  try {
    return await work();
  } finally {
    process.removeListener('newListener', remove);
  }
}
