import { BabblebrookError, BackendError, FileFormatError, InvalidArgumentError } from '../../src/browser.js';
import type { ComputeProblem } from './types.js';

/** What `Computer.ask` rejects with. */
export class ComputeFailure extends Error {
  readonly problem: ComputeProblem;

  constructor(problem: ComputeProblem, options?: ErrorOptions) {
    super(problem.message, options);
    this.name = 'ComputeFailure';
    this.problem = problem;
  }

  /** Any error as one of these. */
  static of(error: unknown, signal?: AbortSignal): ComputeFailure {
    if (error instanceof ComputeFailure) return error;
    const message = error instanceof Error ? error.message : String(error);
    const [kind, advice] = signal?.aborted ? (['aborted', ''] as const) : kindOf(error);
    return new ComputeFailure({ kind, message, advice }, { cause: error });
  }
}

const DAMAGED =
  'Take all files of one model as babblebrook wrote them: config.json, cell.json, model.safetensors and the tokenizer’s.';
const SMALLER = 'Close other pages, or take a smaller model: babblebrook export --precision float16 halves its files.';

function kindOf(error: unknown): [kind: ComputeProblem['kind'], advice: string] {
  if (error instanceof FileFormatError)
    return isOfNetwork(error)
      ? ['network', 'See that the address is right, and that its server lets other pages read from it (CORS).']
      : ['file', DAMAGED];
  if (error instanceof BackendError)
    return /memory/.test(error.message)
      ? ['memory', SMALLER]
      : ['webAssembly', 'Take another browser, or one that allows this page WebAssembly.'];
  if (error instanceof InvalidArgumentError) return ['input', 'Change what was set, and try again.'];
  if (error instanceof BabblebrookError) return ['input', 'No token is left that may come: allow more of them.'];
  // Where there is no room for an array, that is what browsers throw.
  if (error instanceof RangeError) return ['memory', SMALLER];
  return ['unknown', 'This is a mistake of the page: please report it.'];
}

/** Whether a file could not be had, whatever is in it. */
function isOfNetwork({ message, cause }: Error): boolean {
  return cause instanceof TypeError || / the server answers \d+$/.test(message);
}
