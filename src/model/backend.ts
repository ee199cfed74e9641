import type { EventEmitter } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import util from 'node:util';
import { BackendError, checkOneOf } from '../errors.js';
import { TemporaryDirectory } from '../files/TemporaryDirectory.js';
import type { NativeBackend } from '../graph/run/tensorflow/nativeBinding.js';
import { BACKEND_NAMES } from '../names.js';
import { tf } from '../tf.js';
import { useNativeMatMul } from './useNativeMatMul.js';
import { blocksSignals, computeWithoutSignals, withoutSignals } from './withoutSignals.js';

/** What computes: TensorFlow itself, through `@tensorflow/tfjs-node`; WebAssembly; or plain JavaScript. */
export type BackendName = (typeof BACKEND_NAMES)[number];

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

/** Whether one was chosen: by `useBackend`, or because a tensor was needed. */
let isChosen = false;

/**
 * Chooses the backend for everything that is computed from now on. Without it, the first model chooses: the backend that the
 * environment variable `BABBLEBROOK_BACKEND` names, or the native one, or where that is not installed, WebAssembly.
 *
 * @param name the backend; without it, the first that works of `tensorflow`, `wasm` and `cpu`
 * @returns the backend in use
 * @throws {InvalidArgumentError} when there is no backend of that name
 * @throws {BackendError} when it cannot be used on this machine
 */
export async function useBackend(name?: BackendName): Promise<BackendName> {
  const candidates = name === undefined ? BACKEND_NAMES : [checkOneOf('backend', name, BACKEND_NAMES)];
  for (const candidate of candidates) {
    const problem = candidate === 'wasm' ? await startWasm() : startAtOnce(candidate);
    note(candidate, problem);
    if (problem === undefined) return candidate;
  }
  throw unusable(candidates);
}

/**
 * Sees to it that there is a backend, before the first tensor is made.
 * @throws {InvalidArgumentError} when `BABBLEBROOK_BACKEND` names none.
 * @throws {BackendError} when it cannot be used, or only after `await useBackend()`.
 */
export function needBackend(): void {
  if (isChosen) return;
  const asked = askedFor();
  const candidate = asked ?? 'tensorflow';
  const problem =
    candidate === 'wasm'
      ? (problems.get('wasm') ?? 'it starts only with `await useBackend()`')
      : startAtOnce(candidate);
  note(candidate, problem);
  if (problem === undefined) return;
  throw unusable([candidate], asked ? '' : '; `await useBackend()`, or BABBLEBROOK_BACKEND=wasm, takes another');
}

/**
 * Starts WebAssembly where it will be needed, for it cannot be started at once when the first tensor is. What stands in its way is
 * told then.
 */
export async function prepareBackend(): Promise<void> {
  const asked = process.env['BABBLEBROOK_BACKEND'] || undefined;
  if (asked === 'wasm') note('wasm', await startWasm());
  if (asked === undefined && !isNativeInstalled()) await useBackend();
}

function askedFor(): BackendName | undefined {
  const asked = process.env['BABBLEBROOK_BACKEND'] || undefined;
  return asked === undefined ? undefined : checkOneOf('BABBLEBROOK_BACKEND', asked, BACKEND_NAMES);
}

function note(name: BackendName, problem: string | undefined): void {
  if (problem !== undefined) problems.set(name, problem);
  else problems.delete(name);
  isChosen ||= problem === undefined;
}

function unusable(names: readonly BackendName[], instead = ''): BackendError {
  const tried = names.map((name) => `${name} (${problems.get(name)})`).join(', ');
  return new BackendError(
    `Cannot use the backend ${tried}; \`npx babblebrook doctor\`, or \`npm run doctor\` in a clone, says what can be done${instead}`,
  );
}

/**
 * What is in use, for logs and bug reports; where none is yet, it is chosen now.
 * @throws {BackendError} when none can be used, or only after `await useBackend()`.
 */
export function backendReport(): BackendReport {
  needBackend();
  const backend = checkOneOf('backend', tf.getBackend(), BACKEND_NAMES);
  return {
    backend,
    threads: backend === 'tensorflow' ? Number(process.env['TF_NUM_INTRAOP_THREADS']) || availableParallelism() : 1,
    versions: { node: process.versions.node, tfjs: tf.version.tfjs, tensorflow: nativeVersion() },
    blocksSignals: blocksSignals(),
    nativeProblem: problems.get('tensorflow'),
  };
}

/** Makes WebAssembly the backend in use, or says in one line why that is impossible. */
async function startWasm(): Promise<string | undefined> {
  try {
    await import('@tensorflow/tfjs-backend-wasm');
    return (await keepingErrorListeners(() => tf.setBackend('wasm'))) ? undefined : 'tfjs cannot start it';
  } catch (error) {
    return firstLine(error);
  }
}

/** The same for a backend that needs no time. */
function startAtOnce(name: 'tensorflow' | 'cpu'): string | undefined {
  try {
    if (name === 'tensorflow') loadNative();
    void tf.setBackend(name);
    return tf.getBackend() === name ? undefined : 'tfjs cannot start it';
  } catch (error) {
    return firstLine(error);
  }
}

function firstLine(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
  return line.replace(/[.\s]+$/, '');
}

/** Whether the native backend is there, which is not to say that it works. */
function isNativeInstalled(): boolean {
  try {
    const addons = join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node')), '..', 'lib');
    return readdirSync(addons).some((name) => existsSync(join(addons, name, 'tfjs_binding.node')));
  } catch {
    return false;
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
