/** A tensor in a graph: the name of a node, and of which of its outputs. */
export type Node = `${string}:${number}`;

/** An attribute of a node, as TensorFlow's text format writes its value. */
type Attributes = Readonly<Record<string, string>>;

const FLOAT: Attributes = { T: 'type: DT_FLOAT' };
const INDICES: Attributes = { Tindices: 'type: DT_INT32' };

/**
 * A graph of TensorFlow's operations on float32 tensors, while it is being made. Operations run in the order in which they were
 * added: for whoever sets `TF_NUM_INTEROP_THREADS` to several threads, which would share what could run at once, and moving a few
 * kilobytes between two processors' caches costs more than computing with them.
 */
export class GraphBuilder {
  readonly #nodes: string[] = [];
  readonly #axes = new Map<number, Node>();
  #latest: string | undefined;

  /** A tensor that is given each time the graph runs. */
  input(name: string): Node {
    return this.#add(name, 'Placeholder', [], { dtype: 'type: DT_FLOAT' });
  }

  /** a·b, of matrices. */
  product(a: Node, b: Node): Node {
    return this.#node('MatMul', [a, b], FLOAT);
  }

  /** aᵀ·b */
  productOfTransposed(a: Node, b: Node): Node {
    return this.#node('MatMul', [a, b], { ...FLOAT, transpose_a: 'b: true' });
  }

  /** a·bᵀ */
  productWithTransposed(a: Node, b: Node): Node {
    return this.#node('MatMul', [a, b], { ...FLOAT, transpose_b: 'b: true' });
  }

  add(a: Node, b: Node): Node {
    return this.#node('AddV2', [a, b], FLOAT);
  }

  subtract(a: Node, b: Node): Node {
    return this.#node('Sub', [a, b], FLOAT);
  }

  multiply(a: Node, b: Node): Node {
    return this.#node('Mul', [a, b], FLOAT);
  }

  divide(a: Node, b: Node): Node {
    return this.#node('RealDiv', [a, b], FLOAT);
  }

  squareRoot(a: Node): Node {
    return this.#node('Sqrt', [a], FLOAT);
  }

  /** Adds a vector to every row. */
  addToRows(rows: Node, vector: Node): Node {
    // BiasAdd behind a product would become one operation with it, for which TensorFlow keeps compiled code for every shape.
    return this.add(rows, vector);
  }

  /** The sum of all rows, `[columns]`. */
  sumOfRows(rows: Node): Node {
    return this.#node('BiasAddGrad', [rows], FLOAT);
  }

  sigmoid(a: Node): Node {
    return this.#node('Sigmoid', [a], FLOAT);
  }

  /** The gradient of a sigmoid's input, from the sigmoid and its gradient. */
  sigmoidGradient(sigmoid: Node, gradient: Node): Node {
    return this.#node('SigmoidGrad', [sigmoid, gradient], FLOAT);
  }

  tanh(a: Node): Node {
    return this.#node('Tanh', [a], FLOAT);
  }

  /** The gradient of a hyperbolic tangent's input, from the tangent and its gradient. */
  tanhGradient(tanh: Node, gradient: Node): Node {
    return this.#node('TanhGrad', [tanh, gradient], FLOAT);
  }

  exp(a: Node): Node {
    return this.#node('Exp', [a], FLOAT);
  }

  logSoftmax(rows: Node): Node {
    return this.#node('LogSoftmax', [rows], FLOAT);
  }

  /** Single numbers, by their `places`. */
  pick(values: Node, places: Node): Node {
    return this.#node('GatherNd', [values, places], { Tparams: 'type: DT_FLOAT', ...INDICES });
  }

  /** A copy of `values` with numbers subtracted at `places`. */
  subtractAt(values: Node, places: Node, subtrahends: Node): Node {
    return this.#node('TensorScatterSub', [values, places, subtrahends], { ...FLOAT, ...INDICES });
  }

  /** Places from float32, which holds integers up to 2²⁴: `[count × dimensions]`. */
  places(numbers: Node): Node {
    return this.#node('Cast', [numbers], { SrcT: 'type: DT_FLOAT', DstT: 'type: DT_INT32' });
  }

  /** `count` equal runs of rows. */
  splitRows(rows: Node, count: number): Node[] {
    return this.#split(rows, count, 0);
  }

  /** `count` equal blocks of columns. */
  splitColumns(columns: Node, count: number): Node[] {
    return this.#split(columns, count, 1);
  }

  joinRows(parts: readonly Node[]): Node {
    return this.#join(parts, 0);
  }

  joinColumns(parts: readonly Node[]): Node {
    return this.#join(parts, 1);
  }

  /**
   * The graph as a `SavedModel` in protobuf's text format (saved_model.proto, graph.proto). It says that TensorFlow 2.9 made it,
   * the oldest that loads it: tfjs-node's own.
   */
  toSavedModel(): string {
    return `saved_model_schema_version: 1
meta_graphs {
  meta_info_def { tags: "serve" }
  graph_def {
    versions { producer: 1087 min_consumer: 12 }
${this.#nodes.map((node) => `    ${node}\n`).join('')}  }
}
`;
  }

  #split(values: Node, count: number, axis: number): Node[] {
    const first = this.#node('Split', [this.#axis(axis), values], { ...FLOAT, num_split: `i: ${count}` });
    return Array.from({ length: count }, (_, at) => outputOf(first, at));
  }

  #join(parts: readonly Node[], axis: number): Node {
    const [first] = parts;
    // ConcatV2 wants at least two.
    if (first !== undefined && parts.length === 1) return first;
    const attributes = { ...FLOAT, Tidx: 'type: DT_INT32', N: `i: ${parts.length}` };
    return this.#node('ConcatV2', [...parts, this.#axis(axis)], attributes);
  }

  #axis(axis: number): Node {
    const known = this.#axes.get(axis);
    if (known !== undefined) return known;
    const value = `tensor { dtype: DT_INT32 tensor_shape { } int_val: ${axis} }`;
    const added = this.#add(`axis_${axis}`, 'Const', [], { dtype: 'type: DT_INT32', value });
    this.#axes.set(axis, added);
    return added;
  }

  #node(operation: string, inputs: readonly Node[], attributes: Attributes): Node {
    const after = this.#latest === undefined ? [] : [`^${this.#latest}`];
    this.#latest = `${operation}_${this.#nodes.length}`;
    return this.#add(this.#latest, operation, [...inputs, ...after], attributes);
  }

  #add(name: string, operation: string, inputs: readonly string[], attributes: Attributes): Node {
    const from = inputs.map((input) => ` input: "${input}"`).join('');
    const attr = Object.entries(attributes).map(([key, value]) => ` attr { key: "${key}" value { ${value} } }`);
    this.#nodes.push(`node { name: "${name}" op: "${operation}"${from}${attr.join('')} }`);
    return `${name}:0`;
  }
}

/** Another output of a node. */
function outputOf(node: Node, output: number): Node {
  return `${node.slice(0, node.lastIndexOf(':'))}:${output}`;
}
