import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackendError } from '../../../errors.js';
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
  readonly #inputs: string;
  readonly #session: number;
  readonly #outputs: readonly { readonly group: string; readonly name: string; readonly node: Node }[];

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
    const given = Object.entries(inputs).map(([group, values]) => {
      const nodes = Object.keys(values).map((name) => [name, graph.input(inGraph(group, name))]);
      return [group, Object.fromEntries(nodes)];
    });
    this.#name = name;
    this.#inputs = namesOf(inputs);
    this.#outputs = Object.entries(build(graph, Object.fromEntries(given))).flatMap(([group, nodes]) =>
      Object.entries(nodes).map(([name, node]) => ({ group, name, node })),
    );
    this.#session = load(binding, graph.toSavedModel());
  }

  /**
   * Runs it; the outputs are the caller's.
   * @throws {TypeError} when the inputs are not those it was built for: two graphs have one name.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory.
   */
  run(binding: NativeBinding, inputs: Groups<number>): Groups<NativeTensor> {
    const names = namesOf(inputs);
    if (names !== this.#inputs)
      throw new TypeError(`The graph “${this.#name}” was built for ${this.#inputs}, not for ${names}`);
    const ids = Object.values(inputs).flatMap((group) => Object.values(group));
    const nodes = this.#outputs.map(({ node }) => node);
    const tensors = calling(`run the graph “${this.#name}”`, () =>
      binding.runSavedModel(this.#session, ids, names, nodes.join()),
    );
    const outputs: Record<string, Record<string, NativeTensor>> = {};
    for (const [at, { group, name }] of this.#outputs.entries()) {
      outputs[group] ??= {};
      outputs[group][name] = tensors[at] as NativeTensor;
    }
    return outputs;
  }
}

function inGraph(group: string, name: string): string {
  return `${group}.${name}`;
}

function namesOf(inputs: Groups<unknown>): string {
  return Object.entries(inputs)
    .flatMap(([group, values]) => Object.keys(values).map((name) => `${inGraph(group, name)}:0`))
    .join();
}

function load(binding: NativeBinding, savedModel: string): number {
  return calling(`take a graph through the directory for temporary files, ${tmpdir()} (TMPDIR)`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'babblebrook-'));
    try {
      writeFileSync(join(directory, 'saved_model.pbtxt'), savedModel);
      return binding.loadSavedModel(directory, 'serve');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
}

function calling<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw new BackendError(`Expected TensorFlow to ${what}, got ${(cause as Error).message}`, { cause });
  }
}
