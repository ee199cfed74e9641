import { createRequire } from 'node:module';
import type { NativeBinding } from '../graph/run/tensorflow/nativeBinding.js';

/** What of C's signal sets and masks is needed; `undefined` where signals cannot be blocked. */
interface SignalMask {
  block(): void;
  restore(): void;
}

/** glibc's and musl's `sigset_t` has 128 bytes, macOS's four. */
const SET_BYTES = 128;

/** From <signal.h>. */
const HOW = { linux: { block: 0, set: 2 }, darwin: { block: 1, set: 3 } };

let mask: SignalMask | undefined;
let tried = false;
const spared = new WeakSet<object>();

/**
 * Runs an action in which no signal interrupts this thread; other threads take those that come meanwhile, or they wait.
 *
 * TensorFlow's matrix products (oneDNN's generated code for x86-64) keep a stack pointer into the heap for as long as they
 * multiply. A signal's handler that the system starts in such a moment writes its frame there: the process ends with heap
 * corruption, or goes on with wrong numbers. Costs half a microsecond. Where signals cannot be blocked (Windows, or
 * without the optional package `koffi`), it only runs the action.
 */
export function withoutSignals<T>(action: () => T): T {
  const signals = signalMask();
  if (!signals) return action();
  signals.block();
  try {
    return action();
  } finally {
    signals.restore();
  }
}

/** Makes a backend compute `withoutSignals` only, whoever asks it to. */
export function computeWithoutSignals(backend: { binding: NativeBinding }): void {
  const { binding } = backend;
  if (signalMask() === undefined || spared.has(binding)) return;
  const sparing = <Call extends unknown[], Result>(compute: (...call: Call) => Result) => ({
    value: (...call: Call): Result => withoutSignals(() => compute(...call)),
  });
  // What an addon exports cannot be assigned to.
  backend.binding = Object.create(binding, {
    executeOp: sparing(binding.executeOp),
    loadSavedModel: sparing(binding.loadSavedModel),
    runSavedModel: sparing(binding.runSavedModel),
  });
  spared.add(backend.binding);
}

/** Whether signals can be blocked here. */
export function blocksSignals(): boolean {
  return signalMask() !== undefined;
}

function signalMask(): SignalMask | undefined {
  if (!tried) mask = loadSignalMask();
  tried = true;
  return mask;
}

function loadSignalMask(): SignalMask | undefined {
  const how = process.platform === 'linux' || process.platform === 'darwin' ? HOW[process.platform] : undefined;
  if (!how) return undefined;
  try {
    const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
    const c = koffi.load(null);
    const fill: (set: unknown) => number = c.func('int sigfillset(void *set)');
    const change: (how: number, set: unknown, before: unknown) => number = c.func(
      'int pthread_sigmask(int how, void *set, void *before)',
    );
    const all = koffi.alloc('uint8_t', SET_BYTES);
    const before = koffi.alloc('uint8_t', SET_BYTES);
    fill(all);
    return {
      block: () => void change(how.block, all, before),
      restore: () => void change(how.set, before, null),
    };
  } catch {
    // The optional package is not there, or knows no such platform.
    return undefined;
  }
}
