import { OUTPUTS, type TracedCell } from '../TracedCell.js';
import { type MathSymbol, symbolOf } from './MathSymbol.js';

/** What papers call what our cells call by a word. */
const CUSTOMARY: Readonly<Record<string, string>> = {
  ...{ inputWeights: 'W', recurrentWeights: 'U', bias: 'b', recurrentBias: 'b′', hidden: 'h', memory: 'C' },
  ...{ update: 'z', peepholes: 'p', normalizer: 'n', stabilizer: 'm' },
  ...{ carryWeights: 'V', expandWeights: 'W1', expandBias: 'b1', contractWeights: 'W2', contractBias: 'b2' },
  ...{ recurrentGain: 'alpha1', inputGain: 'alpha2', memoryGain: 'alpha3', memoryShift: 'beta3' },
};

/** Letters for what has no name. */
const SPARE = [...'aeglmnpqrsuvw'];

/** What the parts of one cell are called in its equation: each by a symbol of its own. */
export class SymbolNames {
  readonly #taken = new Set<string>();
  readonly #given: ReadonlyMap<string, MathSymbol>;
  readonly #initials: readonly string[];

  constructor({ state, weights, gates, next, output }: TracedCell) {
    const given = ['x', ...Object.keys(state), ...Object.keys(weights)];
    // A name that is a symbol stays one, whatever would be customary for others.
    for (const name of given) if (!CUSTOMARY[name]) this.#taken.add(name);
    this.#given = new Map(given.map((name) => [name, this.#symbol(name, [CUSTOMARY[name]])]));
    this.#initials = Object.keys(gates)
      .filter((gate) => !Object.hasOwn(next, gate) && !(gate === OUTPUTS && gates[gate] === output))
      .map((gate) => CUSTOMARY[gate] ?? gate.charAt(0));
  }

  /** Of the input, a part of the state, a weight. */
  ofGiven(name: string): MathSymbol {
    return this.#given.get(name) ?? symbolOf(name);
  }

  ofOutput(): MathSymbol {
    return this.#symbol('output', ['y']);
  }

  /** Of a gate: as is customary, or its first letter where no other begins so. The `candidate` of a part of the state is that with a tilde. */
  ofGate(name: string, part: string | undefined): MathSymbol {
    const whole = part === undefined ? undefined : this.ofGiven(part);
    if (name === 'candidate' && whole && whole.letter.length === 1) return { ...whole, mark: 'tilde' };
    const initial = name.charAt(0);
    const isAlone = this.#initials.filter((other) => other === initial).length === 1;
    return this.#symbol(name, [CUSTOMARY[name], isAlone ? initial : undefined]);
  }

  /** Of what has no name. */
  another(): MathSymbol {
    const free = SPARE.find((letter) => !this.#taken.has(letter));
    return this.#symbol(free ?? `a${this.#taken.size}`, []);
  }

  #symbol(name: string, wished: readonly (string | undefined)[]): MathSymbol {
    const symbol = wished.find((wish) => wish !== undefined && !this.#taken.has(wish)) ?? name;
    this.#taken.add(symbol);
    return symbolOf(symbol);
  }
}
