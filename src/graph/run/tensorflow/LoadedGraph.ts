import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackendError, FileWriteError } from '../../../errors.js';
import { TemporaryDirectory } from '../../../files/TemporaryDirectory.js';
import { type Computation, type Groups, mapGroups } from '../../Groups.js';
import { GraphBuilder, type Node } from './GraphBuilder.js';
import type { NativeBinding, NativeTensor } from './nativeBinding.js';

/** Sessions by their graphs: the same graph serves all models that have it. A thread has one binding. */
const sessions = new Map<string, number>();

/**
 * A graph in TensorFlow's hands. A run costs one call, and about a microsecond for each of its operations, a tenth of what a
 * direct call of one costs.
 *
 * The only way into TensorFlow that tfjs-node has for a graph is a directory with a `SavedModel`: one is written among the
 * system's temporary files, and is gone once it is loaded. The graph stays for as long as its thread.
 */
export class LoadedGraph {
  readonly #name: string;
  readonly #given: Groups<unknown>;
  readonly #inputNames: string;
  readonly #session: number;
  readonly #outputs: Groups<Node>;
  readonly #outputNames: string;

  /**
   * Builds the graph of a computation, for as many values in each group as `given` has.
   * @throws {BackendError} when it cannot be written, or TensorFlow refuses it.
   */
  constructor(name: string, binding: NativeBinding, given: Groups<unknown>, compute: Computation) {
    const graph = new GraphBuilder();
    const inputs = mapGroups(given, (_, group, at) => graph.input(`${group}.${at}`));
    const fed = new Set(nodesOf(inputs));
    this.#name = name;
    this.#given = mapGroups(given, () => undefined);
    this.#inputNames = [...fed].join();
    // A fed tensor cannot be fetched.
    this.#outputs = mapGroups(compute(graph, inputs), (node) => (fed.has(node) ? graph.identity(node) : node));
    this.#outputNames = nodesOf(this.#outputs).join();
    const savedModel = graph.toSavedModel();
    this.#session = sessions.get(savedModel) ?? load(binding, savedModel);
    sessions.set(savedModel, this.#session);
  }

  /**
   * Runs it; the outputs are the caller's.
   * @throws {TypeError} when it is given other groups than it was built for: two computations have one name.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory.
   */
  run(binding: NativeBinding, given: Groups<number>): Groups<NativeTensor> {
    if (!isAlike(this.#given, given))
      throw new TypeError(`The graph “${this.#name}” was built for ${inWords(this.#given)}, not for ${inWords(given)}`);
    // TensorFlow runs nothing for nothing: a cell without state makes nothing at a time step.
    if (this.#outputNames === '') return mapGroups(this.#outputs, (none) => none as never);
    const ids = Object.values(given).flat();
    const tensors = calling('run a graph', () =>
      binding.runSavedModel(this.#session, ids, this.#inputNames, this.#outputNames),
    );
    let next = 0;
    return mapGroups(this.#outputs, () => tensors[next++] as NativeTensor);
  }
}

/** Whether two have the same groups in the same order, with equally many values. */
function isAlike(a: Groups<unknown>, b: Groups<unknown>): boolean {
  const [names, others] = [Object.keys(a), Object.keys(b)];
  return (
    names.length === others.length &&
    names.every((name, place) => others[place] === name && a[name]?.length === b[name]?.length)
  );
}

function inWords(groups: Groups<unknown>): string {
  return Object.entries(groups)
    .map(([group, { length }]) => `${length} ${group}`)
    .join(', ');
}

function nodesOf(groups: Groups<Node>): Node[] {
  return Object.values(groups).flat();
}

function load(binding: NativeBinding, savedModel: string): number {
  return calling(`take a graph through the directory for temporary files, ${tmpdir()} (TMPDIR)`, () => {
    const directory = new TemporaryDirectory();
    try {
      writeFileSync(join(directory.path, 'saved_model.pbtxt'), savedModel);
      return binding.loadSavedModel(directory.path, 'serve');
    } finally {
      directory.remove();
    }
  });
}

function calling<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    // What the system said of the directory, not the sentence about it.
    const said = cause instanceof FileWriteError ? cause.cause : cause;
    throw new BackendError(`Expected TensorFlow to ${what}, got ${(said as Error).message}`, { cause });
  }
}
