import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackendError, FileWriteError } from '../../../errors.js';
import { TemporaryDirectory } from '../../../files/TemporaryDirectory.js';
import { mapValues } from '../../mapValues.js';
import type { NativeBinding, NativeTensor } from '../nativeBinding.js';
import { GraphBuilder, type Node } from './GraphBuilder.js';

/** Things in named groups, each by its name. */
export type Groups<T, Group extends string = string> = Readonly<Record<Group, Readonly<Record<string, T>>>>;

/** Groups of the same names, of other things. */
export type Like<Shape extends Groups<unknown>, T> = {
  readonly [Group in keyof Shape]: { readonly [Name in keyof Shape[Group]]: T };
};

/**
 * A graph in TensorFlow's hands. A run costs one call, and about a microsecond for each of its operations, a tenth of what a
 * direct call of one costs.
 *
 * The only way into TensorFlow that tfjs-node has for a graph is a directory with a `SavedModel`: one is written among the
 * system's temporary files, and is gone once it is loaded. The graph stays for as long as its thread.
 */
export class LoadedGraph {
  readonly #name: string;
  readonly #inputs: readonly Placed[];
  readonly #inputNames: string;
  readonly #session: number;
  readonly #outputs: readonly Placed[];
  readonly #outputNames: string;

  /**
   * Builds a graph that takes inputs of the names that `inputs` has.
   * @throws {BackendError} when it cannot be written, or TensorFlow refuses it.
   */
  constructor(
    name: string,
    binding: NativeBinding,
    inputs: Groups<unknown>,
    build: (graph: GraphBuilder, inputs: Groups<Node>) => Groups<Node>,
  ) {
    const graph = new GraphBuilder();
    const given = mapValues(inputs, (values, group) => mapValues(values, (_, name) => graph.input(`${group}.${name}`)));
    const made = build(graph, given);
    this.#name = name;
    this.#inputs = placesOf(given);
    this.#inputNames = nodesOf(given).join();
    this.#outputs = placesOf(made);
    this.#outputNames = nodesOf(made).join();
    this.#session = load(binding, graph.toSavedModel());
  }

  /**
   * Runs it; the outputs are the caller's.
   * @throws {TypeError} when the inputs are not those it was built for: two graphs have one name.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory.
   */
  run(binding: NativeBinding, inputs: Groups<number>): Groups<NativeTensor> {
    const ids = this.#inputs.map(({ group, name }) => inputs[group]?.[name] ?? this.#refuse(inputs));
    const count = Object.values(inputs).reduce((sum, group) => sum + Object.keys(group).length, 0);
    if (count !== ids.length) this.#refuse(inputs);
    const tensors = calling('run a graph', () =>
      binding.runSavedModel(this.#session, ids, this.#inputNames, this.#outputNames),
    );
    const outputs: Record<string, Record<string, NativeTensor>> = {};
    for (const [at, { group, name }] of this.#outputs.entries()) {
      outputs[group] ??= {};
      outputs[group][name] = tensors[at] as NativeTensor;
    }
    return outputs;
  }

  #refuse(inputs: Groups<unknown>): never {
    const [wanted, got] = [this.#inputs, placesOf(inputs)].map((places) =>
      places.map(({ group, name }) => `${group}.${name}`).join(', '),
    );
    throw new TypeError(`The graph “${this.#name}” was built for ${wanted}, not for ${got}`);
  }
}

/** Where something stands in groups. */
interface Placed {
  readonly group: string;
  readonly name: string;
}

function placesOf(groups: Groups<unknown>): Placed[] {
  return Object.entries(groups).flatMap(([group, values]) => Object.keys(values).map((name) => ({ group, name })));
}

function nodesOf(groups: Groups<Node>): Node[] {
  return Object.values(groups).flatMap((values) => Object.values(values));
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
