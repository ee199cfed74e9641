import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { BackendError, checkOneOf } from '../errors.js';
import { TemporaryDirectory } from '../files/TemporaryDirectory.js';
import type { NativeBackend } from './kernels/nativeBinding.js';
import { useNativeMatMul } from './useNativeMatMul.js';
import { blocksSignals, computeWithoutSignals, withoutSignals } from './withoutSignals.js';

const backends = ['tensorflow', 'wasm', 'cpu'] as const;

/** What computes: TensorFlow itself, through `@tensorflow/tfjs-node`; WebAssembly; or plain JavaScript. */
export type BackendName = (typeof backends)[number];

/** The backend in use, and what there is to know about it. */
export interface BackendReport {
  /** What computes. */
  backend: BackendName;
  /** Threads that a large operation may use. */
  threads: number;
  /** Of Node, tfjs and TensorFlow. */
  versions: {
    node: string;
    tfjs: string;
    /** Of the native library, where it is in use. */
    tensorflow: string | undefined;
  };
  /** Whether signals are kept away from TensorFlow while it computes; without that, a signal can end the process. */
  blocksSignals: boolean;
  /** Why the native backend cannot be used; `undefined` where it can, or where nobody asked for it yet. */
  nativeProblem: string | undefined;
}

/** Why a backend that was tried cannot be used. */
const problems = new Map<BackendName, string>();

/**
 * Chooses the backend for everything that is computed from now on. Importing the library has done so already: with the
 * one that the environment variable `BABBLEBROOK_BACKEND` names, or with the fastest one that works.
 *
 * @param name the backend; without it, the first that works of `tensorflow`, `wasm` and `cpu`
 * @returns the backend in use
 * @throws {InvalidArgumentError} when there is no backend of that name
 * @throws {BackendError} when it cannot be used on this machine
 */
export async function useBackend(name?: BackendName): Promise<BackendName> {
  const candidates = name === undefined ? backends : [checkOneOf('backend', name, backends)];
  for (const candidate of candidates) {
    const problem = await start(candidate);
    if (problem === undefined) {
      problems.delete(candidate);
      return candidate;
    }
    problems.set(candidate, problem);
  }
  const tried = candidates.map((candidate) => `${candidate} (${problems.get(candidate)})`).join(', ');
  throw new BackendError(
    `Cannot use the backend ${tried}; \`npx babblebrook doctor\`, or \`npm run doctor\` in a clone, says what can be done`,
  );
}

/** What is in use, for logs and bug reports. */
export function backendReport(): BackendReport {
  const backend = checkOneOf('backend', tf.getBackend(), backends);
  return {
    backend,
    threads: backend === 'tensorflow' ? Number(process.env['TF_NUM_INTRAOP_THREADS']) || availableParallelism() : 1,
    versions: { node: process.versions.node, tfjs: tf.version.tfjs, tensorflow: nativeVersion() },
    blocksSignals: blocksSignals(),
    nativeProblem: problems.get('tensorflow'),
  };
}

/** Makes a backend the one in use, or says in one line why that is impossible. */
async function start(name: BackendName): Promise<string | undefined> {
  try {
    if (name === 'tensorflow') loadNative();
    if (name === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
    const started = await keepingErrorListeners(() => tf.setBackend(name));
    return started ? undefined : 'tfjs cannot start it';
  } catch (error) {
    const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return line.replace(/[.\s]+$/, '');
  }
}

function loadNative(): void {
  // TensorFlow tells which instructions it was built for each time it starts; warnings and errors stay visible.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  // Graphs run in the thread that asks for them. Handing a few microseconds of work to another thread and back costs more, and
  // where each processor has a thread that computes, it lands on the wrong one.
  process.env['TF_NUM_INTEROP_THREADS'] ??= '-1';
  // tfjs-node calls these two: deprecated, with a warning, in Node 22, and gone in Node 23.
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray });
  // The threads that TensorFlow starts here block what this one blocks.
  withoutSignals(() => createRequire(import.meta.url)('@tensorflow/tfjs-node'));
  computeWithoutSignals(tf.findBackend('tensorflow') as unknown as NativeBackend);
  useNativeMatMul();
  // Its graphs come from files: a system without a place for them learns that now, and not in the middle of its work.
  new TemporaryDirectory().remove();
}

/** The wasm backend listens for the process's uncaught errors, only to throw them again from a line of minified code. */
async function keepingErrorListeners<T>(action: () => Promise<T>): Promise<T> {
  const emitter: EventEmitter = process;
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = new Set(events.flatMap((event) => emitter.listeners(event)));
  const result = await action();
  for (const event of events)
    for (const listener of emitter.listeners(event))
      if (!before.has(listener)) emitter.removeListener(event, listener as () => void);
  return result;
}

function nativeVersion(): string | undefined {
  const { binding } = tf.backend() as { binding?: { TF_Version: string } };
  return binding?.TF_Version;
}

// Otherwise tfjs prints a banner when the cpu backend is used in Node.
tf.enableProdMode();

const asked = process.env['BABBLEBROOK_BACKEND'] || undefined;
await useBackend(asked === undefined ? undefined : checkOneOf('BABBLEBROOK_BACKEND', asked, backends));
