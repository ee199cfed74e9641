import type { Expression } from '../Expression.js';
import type { MathSymbol } from './MathSymbol.js';
import type { Notation } from './Notation.js';
import { meanOf, normalisedBy, squareOf } from './patterns.js';

/** How closely the parts of a text hold together: what is needed of an operand, or it is put in brackets. */
const BINDING = { sum: 1, quotient: 2, times: 3, dot: 4, one: 5 };

interface Written {
  readonly text: string;
  readonly binding: number;
}

interface Term {
  readonly of: Expression;
  readonly minus: boolean;
}

const FUNCTIONS: Readonly<Record<string, string>> = {
  ...{ sigmoid: 'σ', relu: 'ReLU', minimum: 'min', maximum: 'max', rowSum: 'sum' },
};

/** An expression in a notation, with as few brackets as it needs; what has a symbol is written as that, but for the expression itself. */
export function writeExpression(
  root: Expression,
  notation: Notation,
  symbols: ReadonlyMap<Expression, MathSymbol>,
): string {
  const write = (expression: Expression, least = BINDING.sum): string => {
    const symbol = symbols.get(expression);
    const { text, binding } = symbol ? one(notation.symbol(symbol)) : spelled(expression);
    return binding < least ? notation.bracket(text) : text;
  };
  const call = (name: string, args: readonly Expression[]): Written =>
    one(notation.functionName(name) + notation.bracket(args.map((arg) => write(arg)).join(', ')));

  const spelled = (expression: Expression): Written => {
    const { operation, args, attributes } = expression;
    const [first = expression, second = expression] = args;
    const mean = meanOf(expression);
    if (mean) return call('mean', [mean]);
    const normalised = normalisedBy(expression);
    if (normalised) return call(normalised.name, [normalised.of]);
    const squared = squareOf(expression);
    if (squared) return one(notation.square(write(squared, BINDING.one)));
    switch (operation) {
      case 'leaf':
        return one(attributes.name ?? '');
      case 'constant': {
        const { value = 0 } = attributes;
        return { text: notation.number(value), binding: value < 0 ? BINDING.sum : BINDING.one };
      }
      case 'columns':
        return one(notation.columns(write(first, BINDING.one), attributes.from ?? 0, attributes.to ?? 0));
      case 'add':
      case 'subtract':
      case 'negate':
      case 'oneMinus':
        return sum(inOrder(termsOf(expression, expression, symbols)));
      case 'multiply':
        return product(factorsOf(expression, expression, symbols));
      case 'divide':
        return notation.bar
          ? one(notation.quotient(write(first), write(second)))
          : {
              text: notation.quotient(write(first, BINDING.times), write(second, BINDING.one)),
              binding: BINDING.quotient,
            };
      case 'product':
        return {
          text: write(first, BINDING.dot) + notation.dot + write(second, BINDING.dot),
          binding: BINDING.dot,
        };
      case 'squareRoot':
        return one(notation.root(write(first), symbols.has(first)));
      case 'join':
        return one(notation.join(args.map((arg) => write(arg))));
      case 'logSigmoid':
        return { ...call('ln σ', args), binding: BINDING.quotient };
      default:
        return call(FUNCTIONS[operation] ?? operation, args);
    }
  };

  const sum = (terms: readonly Term[]): Written => {
    const text = terms.map(({ of, minus }, at) => {
      const sign = at === 0 ? (minus ? notation.minus : '') : ` ${minus ? notation.minus : '+'} `;
      return sign + write(of, at > 0 || minus ? BINDING.quotient : BINDING.sum);
    });
    return { text: text.join(''), binding: BINDING.sum };
  };

  const product = (factors: readonly Expression[]): Written => {
    const numbers = factors.filter(({ operation }) => operation === 'constant');
    const others = factors.filter((factor) => !numbers.includes(factor));
    const number = numbers.reduce((all, { attributes: { value = 1 } }) => all * value, 1);
    const text = others.map((factor) => write(factor, BINDING.times)).join(notation.times);
    if (numbers.length === 0) return { text, binding: BINDING.times };
    return {
      text: [notation.number(number), ...(text ? [text] : [])].join(notation.scaled),
      binding: number < 0 ? BINDING.sum : BINDING.times,
    };
  };

  return spelled(root).text;
}

function one(text: string): Written {
  return { text, binding: BINDING.one };
}

/** What a sum adds up, in the order in which its author did. */
function termsOf(of: Expression, root: Expression, symbols: ReadonlyMap<Expression, MathSymbol>): Term[] {
  const { operation, args, attributes, graph } = of;
  const [a = of, b = of] = args;
  const terms = (part: Expression): Term[] => termsOf(part, root, symbols);
  const opposite = (part: Expression): Term[] => {
    const inner = terms(part);
    const [only] = inner;
    return inner.length === 1 && only ? [{ of: only.of, minus: !only.minus }] : [{ of: part, minus: true }];
  };
  if (of === root || !symbols.has(of)) {
    if (operation === 'add') return [...terms(a), ...terms(b)];
    if (operation === 'subtract') return [...terms(a), ...opposite(b)];
    if (operation === 'negate') return opposite(a);
    if (operation === 'oneMinus') return [{ of: graph.constant(1), minus: false }, ...opposite(a)];
  }
  const { value = 0 } = attributes;
  if (operation === 'constant' && value < 0) return [{ of: graph.constant(-value), minus: true }];
  return [{ of, minus: false }];
}

/** In a sum of products with matrices: first those of the input, then those of the state, weights alone at the end. */
function inOrder(terms: readonly Term[]): Term[] {
  if (!terms.some(({ of }) => of.operation === 'product')) return [...terms];
  const place = ({ of: { operation, dependence } }: Term): number => {
    if (operation === 'product' && dependence !== 'weights') return dependence === 'inputs' ? 0 : 1;
    return dependence === 'weights' ? 3 : 2;
  };
  return terms.toSorted((a, b) => place(a) - place(b));
}

function factorsOf(
  of: Expression,
  root: Expression,
  symbols: ReadonlyMap<Expression, MathSymbol>,
): readonly Expression[] {
  const isOne = of.operation !== 'multiply' || squareOf(of) || meanOf(of) || (of !== root && symbols.has(of));
  return isOne ? [of] : of.args.flatMap((arg) => factorsOf(arg, root, symbols));
}
