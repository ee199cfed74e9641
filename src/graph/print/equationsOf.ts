import type { Expression } from '../Expression.js';
import { OUTPUTS, type TracedCell } from '../TracedCell.js';
import { firstOnTheWay, reachable } from '../walk.js';
import { type MathSymbol, withIndex } from './MathSymbol.js';
import { paperForm } from './paperForm.js';
import { partsOf } from './patterns.js';
import { SymbolNames } from './SymbolNames.js';

/** One line of an equation: what is on the left is what is on the right. */
export interface EquationLine {
  readonly symbol: MathSymbol;
  readonly value: Expression;
  /** Whether the right side is a symbol, too: the same by another name. */
  readonly isSymbol: boolean;
}

/** A cell's equation before it is written in some notation. */
export interface Equations {
  /** Each made of what is given and of lines before it. */
  readonly lines: readonly EquationLine[];
  /** Of what is given, of lines, and of blocks of columns of weights. */
  readonly symbols: ReadonlyMap<Expression, MathSymbol>;
  /** The weights, and what of them is used. */
  readonly weights: readonly WeightInEquation[];
  /** What gates and parts of the state are called in the cell, by symbol. */
  readonly names: readonly { readonly name: string; readonly symbol: MathSymbol }[];
}

/** A weight, and what of it is used. */
export interface WeightInEquation {
  readonly name: string;
  /** Where it is used as a whole, or not at all. */
  readonly whole: MathSymbol | undefined;
  /** The blocks of columns that are used by themselves, in the order of columns. */
  readonly blocks: readonly MathSymbol[];
  /** Whether the blocks are all of it. */
  readonly isAll: boolean;
}

/** What is computed more than once gets a line of its own when it takes at least so many operations. */
const LARGE = 3;

const UNNAMED: MathSymbol = { letter: '', indices: [] };

/** The lines of a cell's equation: one for each gate, each part of the state and the output, and for what they share. */
export function equationsOf(cell: TracedCell): Equations {
  const { next, output, gates } = paperForm(cell);
  const names = new SymbolNames(cell);
  const symbols = new Map<Expression, MathSymbol>();
  const graph = output.graph;
  const given = { x: cell.input, ...cell.state, ...cell.weights };
  for (const [name, { shape, dependence }] of Object.entries(given))
    symbols.set(graph.leaf(name, shape, dependence), {
      ...names.ofGiven(name),
      ...(dependence === 'inputs' && { time: 't' }),
      ...(dependence === 'state' && { time: 't−1' }),
    });

  const lines: EquationLine[] = [];
  const define = (letter: MathSymbol, value: Expression): MathSymbol => {
    const symbol: MathSymbol = value.dependence === 'weights' ? letter : { ...letter, time: 't' };
    const isSymbol = symbols.has(value);
    if (!isSymbol) symbols.set(value, symbol);
    lines.push({ symbol, value, isSymbol });
    return symbol;
  };
  const partNames = Object.entries(next).map(([part, value]) => ({
    name: part,
    symbol: define(names.ofGiven(part), value),
  }));
  if (!symbols.has(output)) define(names.ofOutput(), output);
  const own = Object.entries(gates).filter(
    ([name, of]) => !Object.hasOwn(next, name) && !(name === OUTPUTS && of === output),
  );
  // The candidate is what its part of the state may become: C̃ of C.
  const ofPart = ([, gate]: readonly [string, Expression]): string | undefined =>
    Object.keys(next).find((part) => {
      const value = next[part];
      return value && firstOnTheWay(value.args, (of) => symbols.has(of) || of === gate).includes(gate);
    });
  const parts = new Map(own.map((entry) => [entry[0], ofPart(entry)]));
  const gateNames = own.map(([name, value]) => ({ name, symbol: define(names.ofGate(name, parts.get(name)), value) }));

  const shared = new Set(sharedAmong(lines, symbols));
  for (const value of shared) define(UNNAMED, value);
  const inAnyLetters = inOrder([...lines.slice(partNames.length), ...lines.slice(0, partNames.length)]);
  // What has no name gets its letter as one reads: from the first line on.
  const ordered = inAnyLetters.map((line) => {
    if (!shared.has(line.value)) return line;
    const symbol = { ...line.symbol, ...names.another() };
    symbols.set(line.value, symbol);
    return { ...line, symbol };
  });
  nameBlocks(ordered, symbols);
  const used = new Set(ordered.flatMap(({ value }) => firstOnTheWay(value.args, (of) => symbols.has(of))));
  return {
    lines: ordered,
    symbols,
    weights: Object.entries(cell.weights).map(([name, { shape, dependence, width }]) => {
      const leaf = graph.leaf(name, shape, dependence);
      const blocks = graph
        .piecesOf(leaf)
        .filter((block) => symbols.has(block))
        .toSorted((a, b) => (a.attributes.from ?? 0) - (b.attributes.from ?? 0));
      return {
        name,
        whole: used.has(leaf) || blocks.length === 0 ? names.ofGiven(name) : undefined,
        blocks: blocks.flatMap((block) => symbols.get(block) ?? []),
        isAll: blocks.reduce((sum, block) => sum + block.width, 0) === width,
      };
    }),
    names: [...gateNames, ...partNames],
  };
}

/** What lines compute more than once, and is large. */
function sharedAmong(
  lines: readonly EquationLine[],
  symbols: ReadonlyMap<Expression, MathSymbol>,
): readonly Expression[] {
  const uses = new Map<Expression, number>();
  const seen = new Set<Expression>();
  const visit = (expression: Expression): void => {
    if (seen.has(expression)) return;
    seen.add(expression);
    for (const part of partsOf(expression)) {
      uses.set(part, (uses.get(part) ?? 0) + 1);
      if (!symbols.has(part)) visit(part);
    }
  };
  for (const { value, isSymbol } of lines) if (!isSymbol) visit(value);
  const operations = (expression: Expression): number =>
    reachable([expression], (of) => of === expression || !symbols.has(of)).filter(
      (of) => of.args.length > 0 && (of === expression || !symbols.has(of)) && of.operation !== 'columns',
    ).length;
  return [...uses].flatMap(([of, times]) => (times > 1 && !symbols.has(of) && operations(of) >= LARGE ? [of] : []));
}

/** Whether all of its columns are used, in equal blocks. */
function isSplit(expression: Expression): boolean {
  const pieces = expression.graph.piecesOf(expression);
  return pieces.every(({ width }) => width * pieces.length === expression.width);
}

/** Lines in an order in which each comes after what it is made of, else as they are. */
function inOrder(lines: readonly EquationLine[]): EquationLine[] {
  const ordered = new Set<EquationLine>();
  const definitions = new Map(lines.flatMap((line) => (line.isSymbol ? [] : [[line.value, line] as const])));
  const visit = (line: EquationLine): void => {
    if (ordered.has(line)) return;
    const operands = line.isSymbol ? [line.value] : line.value.args;
    for (const used of firstOnTheWay(operands, (of) => definitions.has(of))) {
      const before = definitions.get(used);
      if (before) visit(before);
    }
    ordered.add(line);
  };
  for (const line of lines) visit(line);
  return [...ordered];
}

/**
 * Blocks of columns of weights are named after the line that they are used in: W_f; where there are more, W_{h,1} and W_{h,2}. So are
 * those of another line that is split into equal ones.
 */
function nameBlocks(lines: readonly EquationLine[], symbols: Map<Expression, MathSymbol>): void {
  const taken = new Set<string>();
  for (const { symbol, value, isSymbol } of lines) {
    if (isSymbol) continue;
    const isBlock = ({ operation, args: [of] }: Expression): boolean => {
      if (operation !== 'columns' || of === undefined) return false;
      return of.operation === 'leaf' ? of.dependence === 'weights' : symbols.has(of) && isSplit(of);
    };
    const blocks = firstOnTheWay(value.args.length > 0 ? value.args : [value], (of) => symbols.has(of) || isBlock(of));
    const fresh = blocks.filter((block) => !symbols.has(block));
    for (const block of fresh) {
      const [leaf] = block.args;
      const whole = leaf && symbols.get(leaf);
      if (!whole) continue;
      const alone = fresh.filter(({ args }) => args[0] === leaf).length === 1;
      const named = (number: number): MathSymbol =>
        withIndex(whole, symbol.letter, ...symbol.indices, ...(number > 0 ? [String(number)] : []));
      let number = alone ? 0 : 1;
      while (taken.has(JSON.stringify(named(number)))) number++;
      taken.add(JSON.stringify(named(number)));
      symbols.set(block, named(number));
    }
  }
}
