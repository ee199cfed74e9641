import type { Operations } from '../../Interpreter.js';

/** A tensor in a graph: the name of a node, and of which of its outputs. */
export type Node = `${string}:${number}`;

/** An attribute of a node, as TensorFlow's text format writes its value. */
type Attributes = Readonly<Record<string, string>>;

const FLOAT: Attributes = { T: 'type: DT_FLOAT' };
const INDICES: Attributes = { Tindices: 'type: DT_INT32' };

/** A split into more would be slower than one with sizes. */
const MOST_BLOCKS = 16;

/**
 * A graph of TensorFlow's operations on float32 tensors, while it is being made. Operations run in the order in which they were
 * added: for whoever sets `TF_NUM_INTEROP_THREADS` to several threads, which would share what could run at once, and moving a few
 * kilobytes between two processors' caches costs more than computing with them.
 */
export class GraphBuilder implements Operations<Node> {
  readonly #nodes: string[] = [];
  readonly #constants = new Map<string, Node>();
  #latest: string | undefined;

  /** A tensor that is given each time the graph runs. */
  input(name: string): Node {
    return this.#add(name, 'Placeholder', [], { dtype: 'type: DT_FLOAT' });
  }

  constant(value: number): Node {
    return this.#constant('DT_FLOAT', `tensor_shape { } float_val: ${value}`, `constant_${value}`);
  }

  add(a: Node, b: Node): Node {
    // Not BiasAdd: behind a product it would become one operation with it, for which TensorFlow keeps compiled code for every shape.
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

  minimum(a: Node, b: Node): Node {
    return this.#node('Minimum', [a, b], FLOAT);
  }

  maximum(a: Node, b: Node): Node {
    return this.#node('Maximum', [a, b], FLOAT);
  }

  atLeast(a: Node, b: Node): Node {
    const isAtLeast = this.#node('GreaterEqual', [a, b], FLOAT);
    return this.#cast(isAtLeast, 'DT_BOOL', 'DT_FLOAT');
  }

  negate(a: Node): Node {
    return this.#node('Neg', [a], FLOAT);
  }

  oneMinus(a: Node): Node {
    return this.subtract(this.constant(1), a);
  }

  sigmoid(a: Node): Node {
    return this.#node('Sigmoid', [a], FLOAT);
  }

  logSigmoid(a: Node): Node {
    return this.negate(this.softplus(this.negate(a)));
  }

  tanh(a: Node): Node {
    return this.#node('Tanh', [a], FLOAT);
  }

  relu(a: Node): Node {
    return this.#node('Relu', [a], FLOAT);
  }

  exp(a: Node): Node {
    return this.#node('Exp', [a], FLOAT);
  }

  softplus(a: Node): Node {
    return this.#node('Softplus', [a], FLOAT);
  }

  squareRoot(a: Node): Node {
    return this.#node('Sqrt', [a], FLOAT);
  }

  sigmoidGradient(sigmoid: Node, gradient: Node): Node {
    return this.#node('SigmoidGrad', [sigmoid, gradient], FLOAT);
  }

  tanhGradient(tanh: Node, gradient: Node): Node {
    return this.#node('TanhGrad', [tanh, gradient], FLOAT);
  }

  product(a: Node, b: Node): Node {
    return this.#node('MatMul', [a, b], FLOAT);
  }

  productOfTransposed(a: Node, b: Node): Node {
    return this.#node('MatMul', [a, b], { ...FLOAT, transpose_a: 'b: true' });
  }

  productWithTransposed(a: Node, b: Node): Node {
    return this.#node('MatMul', [a, b], { ...FLOAT, transpose_b: 'b: true' });
  }

  roughProductOfTransposed(a: Node, b: Node): Node {
    const [ofA, ofB] = [this.#cast(a, 'DT_FLOAT', 'DT_BFLOAT16'), this.#cast(b, 'DT_FLOAT', 'DT_BFLOAT16')];
    const product = this.#node('MatMul', [ofA, ofB], { T: 'type: DT_BFLOAT16', transpose_a: 'b: true' });
    return this.#cast(product, 'DT_BFLOAT16', 'DT_FLOAT');
  }

  transpose(matrix: Node): Node {
    const swapped = this.#integers([1, 0]);
    return this.#node('Transpose', [matrix, swapped], { ...FLOAT, Tperm: 'type: DT_INT32' });
  }

  rowSum(rows: Node): Node {
    return this.#node('Sum', [rows, this.#axis(1)], { ...FLOAT, Tidx: 'type: DT_INT32', keep_dims: 'b: true' });
  }

  spread(column: Node, like: Node): Node {
    return this.multiply(this.#node('OnesLike', [like], FLOAT), column);
  }

  zerosLike(like: Node): Node {
    return this.#node('ZerosLike', [like], FLOAT);
  }

  sumOfRows(rows: Node): Node {
    return this.#node('BiasAddGrad', [rows], FLOAT);
  }

  splitColumns(columns: Node, sizes: readonly number[]): Node[] {
    if (sizes.length === 1) return [columns];
    const unit = sizes.reduce(greatestCommonDivisor);
    const count = sizes.reduce((sum, size) => sum + size, 0) / unit;
    // Without sizes in it, a graph serves models of all sizes.
    if (count > MOST_BLOCKS) return this.#splitUnevenly(columns, sizes);
    const blocks = this.#split(columns, count, -1);
    let from = 0;
    return sizes.map((size) => {
      from += size / unit;
      return this.joinColumns(blocks.slice(from - size / unit, from));
    });
  }

  joinColumns(parts: readonly Node[]): Node {
    return this.#join(parts, -1);
  }

  splitRows(rows: Node, count: number): Node[] {
    return count === 1 ? [rows] : this.#split(rows, count, 0);
  }

  joinRows(parts: readonly Node[]): Node {
    return this.#join(parts, 0);
  }

  logSoftmax(rows: Node): Node {
    return this.#node('LogSoftmax', [rows], FLOAT);
  }

  pick(values: Node, places: Node): Node {
    return this.#node('GatherNd', [values, this.#indices(places)], { Tparams: 'type: DT_FLOAT', ...INDICES });
  }

  subtractAt(values: Node, places: Node, subtrahends: Node): Node {
    return this.#node('TensorScatterSub', [values, this.#indices(places), subtrahends], { ...FLOAT, ...INDICES });
  }

  /** The same tensor as a node of its own: what a graph is given it cannot give back. */
  identity(a: Node): Node {
    return this.#node('Identity', [a], FLOAT);
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

  #cast(values: Node, from: string, to: string): Node {
    return this.#node('Cast', [values], { SrcT: `type: ${from}`, DstT: `type: ${to}` });
  }

  #split(values: Node, count: number, axis: number): Node[] {
    const first = this.#node('Split', [this.#axis(axis), values], { ...FLOAT, num_split: `i: ${count}` });
    return Array.from({ length: count }, (_, at) => outputOf(first, at));
  }

  #splitUnevenly(values: Node, sizes: readonly number[]): Node[] {
    const attributes = { ...FLOAT, Tlen: 'type: DT_INT32', num_split: `i: ${sizes.length}` };
    const first = this.#node('SplitV', [values, this.#integers(sizes), this.#axis(-1)], attributes);
    return sizes.map((_, at) => outputOf(first, at));
  }

  #join(parts: readonly Node[], axis: number): Node {
    const [first] = parts;
    // ConcatV2 wants at least two.
    if (first !== undefined && parts.length === 1) return first;
    const attributes = { ...FLOAT, Tidx: 'type: DT_INT32', N: `i: ${parts.length}` };
    return this.#node('ConcatV2', [...parts, this.#axis(axis)], attributes);
  }

  /** Places from float32, which holds integers up to 2²⁴: all that a graph is given is float32. */
  #indices(places: Node): Node {
    return this.#node('Cast', [places], { SrcT: 'type: DT_FLOAT', DstT: 'type: DT_INT32' });
  }

  #axis(axis: number): Node {
    return this.#constant('DT_INT32', `tensor_shape { } int_val: ${axis}`, `axis_${axis}`);
  }

  #integers(values: readonly number[]): Node {
    const numbers = values.map((value) => ` int_val: ${value}`).join('');
    return this.#constant(
      'DT_INT32',
      `tensor_shape { dim { size: ${values.length} } }${numbers}`,
      `integers_${values}`,
    );
  }

  #constant(type: string, value: string, key: string): Node {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const attributes = { dtype: `type: ${type}`, value: `tensor { dtype: ${type} ${value} }` };
    const added = this.#add(`constant_${this.#constants.size}`, 'Const', [], attributes);
    this.#constants.set(key, added);
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

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
