import test from 'ava';
import { type Cell, type CellSizes, cell } from '../../../../src/cells/cell.js';
import { residual } from '../../../../src/cells/residual.js';
import type { Expression } from '../../../../src/graph/Expression.js';
import {
  exp,
  layerNorm,
  logSigmoid,
  maximum,
  negate,
  oneMinus,
  rmsNorm,
  rowMean,
  rowSum,
  sigmoid,
  squareRoot,
  tanh,
} from '../../../../src/graph/functions.js';
import type { NotationName } from '../../../../src/graph/print/Notation.js';
import { printCell } from '../../../../src/graph/print/printCell.js';
import { CELLS } from '../../../support/cells.js';

const SIZES = { input: 3, hidden: 4, bias: true };

function printed(of: Cell | string, sizes: Partial<CellSizes> = {}, notation: NotationName = 'unicode'): string {
  const found = typeof of === 'string' ? CELLS.find(({ name }) => name === of) : of;
  if (!found) throw new TypeError(`No cell ${of}`);
  return printCell(found.trace({ ...SIZES, ...sizes }), notation).equation;
}

/** Each as in its paper, products from the left as rows take them. */
const EQUATIONS: Readonly<Record<string, readonly string[]>> = {
  rnn: ['h_t = tanh(x_t·W + h_{t−1}·U + b)'],
  lstm: [
    'f_t = σ(x_t·W_f + h_{t−1}·U_f + b_f)',
    'i_t = σ(x_t·W_i + h_{t−1}·U_i + b_i)',
    'o_t = σ(x_t·W_o + h_{t−1}·U_o + b_o)',
    'C̃_t = tanh(x_t·W_C + h_{t−1}·U_C + b_C)',
    'C_t = f_t ⊗ C_{t−1} + i_t ⊗ C̃_t',
    'h_t = o_t ⊗ tanh(C_t)',
  ],
  gru: [
    'z_t = σ(x_t·W_z + h_{t−1}·U_z + b_z)',
    'r_t = σ(x_t·W_r + h_{t−1}·U_r + b_r)',
    'h̃_t = tanh(x_t·W_h + (r_t ⊗ h_{t−1})·U_h + b_h)',
    'h_t = (1 − z_t) ⊗ h_{t−1} + z_t ⊗ h̃_t',
  ],
  gruResetAfter: [
    'z_t = σ(x_t·W_z + h_{t−1}·U_z + b_z)',
    'r_t = σ(x_t·W_r + h_{t−1}·U_r + b_r)',
    'h̃_t = tanh(x_t·W_h + r_t ⊗ (h_{t−1}·U_h + b′) + b_h)',
    'h_t = (1 − z_t) ⊗ h_{t−1} + z_t ⊗ h̃_t',
  ],
  coupledLstm: [
    'f_t = σ(x_t·W_f + h_{t−1}·U_f + b_f)',
    'o_t = σ(x_t·W_o + h_{t−1}·U_o + b_o)',
    'C̃_t = tanh(x_t·W_C + h_{t−1}·U_C + b_C)',
    'C_t = (1 − f_t) ⊗ C̃_t + f_t ⊗ C_{t−1}',
    'h_t = o_t ⊗ tanh(C_t)',
  ],
  indRnn: ['h_t = ReLU(x_t·W + h_{t−1} ⊗ U + b)'],
  layerNormLstm: [
    'a_t = LN(h_{t−1}·U)',
    'e_t = LN(x_t·W)',
    'f_t = σ(a_{f,t} ⊗ α_{1,f} + e_{f,t} ⊗ α_{2,f} + b_f)',
    'i_t = σ(a_{i,t} ⊗ α_{1,i} + e_{i,t} ⊗ α_{2,i} + b_i)',
    'o_t = σ(a_{o,t} ⊗ α_{1,o} + e_{o,t} ⊗ α_{2,o} + b_o)',
    'C̃_t = tanh(a_{C,t} ⊗ α_{1,C} + e_{C,t} ⊗ α_{2,C} + b_C)',
    'C_t = f_t ⊗ C_{t−1} + i_t ⊗ C̃_t',
    'h_t = o_t ⊗ tanh(LN(C_t) ⊗ α_3 + β_3)',
  ],
  mgu: [
    'f_t = σ(x_t·W_f + h_{t−1}·U_f + b_f)',
    'h̃_t = tanh(x_t·W_h + (f_t ⊗ h_{t−1})·U_h + b_h)',
    'h_t = (1 − f_t) ⊗ h_{t−1} + f_t ⊗ h̃_t',
  ],
  minGru: [
    'z_t = σ(x_t·W_z + b_z)',
    'h̃_t = max(x_t·W_h + b_h + 0.5, σ(x_t·W_h + b_h))',
    'h_t = (1 − z_t) ⊗ h_{t−1} + z_t ⊗ h̃_t',
  ],
  minLstm: [
    'f_t = σ(ln σ(x_t·W_{f,1} + b_{f,1}) − ln σ(x_t·W_{f,2} + b_{f,2}))',
    'i_t = 1 − f_t',
    'h̃_t = max(x_t·W_h + b_h + 0.5, σ(x_t·W_h + b_h))',
    'h_t = f_t ⊗ h_{t−1} + i_t ⊗ h̃_t',
  ],
  multiplicativeIntegrationLstm: [
    'f_t = σ(h_{t−1}·U_f ⊗ (x_t·W_f ⊗ α_f + β_{1,f}) + x_t·W_f ⊗ β_{2,f} + b_f)',
    'i_t = σ(h_{t−1}·U_i ⊗ (x_t·W_i ⊗ α_i + β_{1,i}) + x_t·W_i ⊗ β_{2,i} + b_i)',
    'o_t = σ(h_{t−1}·U_o ⊗ (x_t·W_o ⊗ α_o + β_{1,o}) + x_t·W_o ⊗ β_{2,o} + b_o)',
    'C̃_t = tanh(h_{t−1}·U_C ⊗ (x_t·W_C ⊗ α_C + β_{1,C}) + x_t·W_C ⊗ β_{2,C} + b_C)',
    'C_t = f_t ⊗ C_{t−1} + i_t ⊗ C̃_t',
    'h_t = o_t ⊗ tanh(C_t)',
  ],
  peepholeLstm: [
    'f_t = σ(x_t·W_f + h_{t−1}·U_f + C_{t−1} ⊗ p_f + b_f)',
    'i_t = σ(x_t·W_i + h_{t−1}·U_i + C_{t−1} ⊗ p_i + b_i)',
    'C̃_t = tanh(x_t·W_C + h_{t−1}·U_C + b_C)',
    'C_t = f_t ⊗ C_{t−1} + i_t ⊗ C̃_t',
    'o_t = σ(x_t·W_o + h_{t−1}·U_o + C_t ⊗ p_o + b_o)',
    'h_t = o_t ⊗ tanh(C_t)',
  ],
  slstm: [
    'a_t = ln σ(x_t·W_a + h_{t−1}·U_a + b_a) + m_{t−1}',
    'e_t = x_t·W_e + h_{t−1}·U_e + b_e',
    'm_t = max(a_t, e_t)',
    'f_t = exp(a_t − m_t)',
    'i_t = exp(e_t − m_t)',
    'o_t = σ(x_t·W_o + h_{t−1}·U_o + b_o)',
    'C̃_t = tanh(x_t·W_C + h_{t−1}·U_C + b_C)',
    'C_t = f_t ⊗ C_{t−1} + i_t ⊗ C̃_t',
    'n_t = f_t ⊗ n_{t−1} + i_t',
    'h_t = o_t ⊗ (C_t / max(n_t, 1e−30))',
  ],
  sru: [
    'r_t = σ(x_t·W_r + C_{t−1} ⊗ p_r + b_r)',
    'f_t = σ(x_t·W_f + C_{t−1} ⊗ p_f + b_f)',
    'C̃_t = x_t·W_C',
    'C_t = (1 − f_t) ⊗ C̃_t + f_t ⊗ C_{t−1}',
    'y_t = (1 − r_t) ⊗ x_t·W_y + r_t ⊗ C_t',
  ],
  ugrnn: [
    'f_t = σ(x_t·W_f + h_{t−1}·U_f + b_f)',
    'h̃_t = tanh(x_t·W_h + h_{t−1}·U_h + b_h)',
    'h_t = (1 − f_t) ⊗ h̃_t + f_t ⊗ h_{t−1}',
  ],
  coupledPeephole: [
    'f_t = σ(x_t·W_f + h_{t−1}·U_f + b_f)',
    'C_t = f_t ⊗ C_{t−1} + (1 − f_t) ⊗ tanh(x_t·W_C + h_{t−1}·U_C + b_C)',
    'h_t = σ(x_t·W_h + h_{t−1}·U_h + C_t ⊗ peephole + b_h) ⊗ tanh(C_t)',
  ],
  minimalGru: ['z_t = σ(x_t·W_z + b_z)', 'h_t = (1 − z_t) ⊗ h_{t−1} + z_t ⊗ (x_t·W_h + b_h)'],
  windowed: [
    'y_t      = tanh(x_t·now + before_{t−1}·earlier + slow_{t−1}·ofSlow)',
    'before_t = x_t',
    'slow_t   = slow_{t−1} ⊗ σ(decay) + y_t·toSlow ⊗ (1 − σ(decay))',
  ],
  everything: [
    'a_t   = LN(x_t·W_a + h_{t−1}·U_a) ⊗ gain',
    'e_t   = ln σ(x_t·W_e + h_{t−1}·U_e) + log_{t−1}',
    'log_t = max(e_t, min(a_t, 0.7))',
    'g_t   = exp(e_t − log_t) / (softplus(a_t) + 1)',
    'h_t   = tanh([ReLU(a_t), g_t]·fold·unfold_h − mean(g_t)) + 0.5 h_{t−1}',
  ],
  residualGru: [
    'z_t = σ(x_t·W_z + h_{t−1}·U_z + b_z)',
    'r_t = σ(x_t·W_r + h_{t−1}·U_r + b_r)',
    'h̃_t = tanh(x_t·W_h + (r_t ⊗ h_{t−1})·U_h + b_h)',
    'h_t = (1 − z_t) ⊗ h_{t−1} + z_t ⊗ h̃_t',
    'y_t = x_t·V + h_t',
  ],
  sruBlock: [
    'a_t = RMSNorm(x_t)',
    'r_t = σ(a_t·W_r + C_{t−1} ⊗ p_r + b_r)',
    'f_t = σ(a_t·W_f + C_{t−1} ⊗ p_f + b_f)',
    'C̃_t = a_t·W_C',
    'C_t = (1 − f_t) ⊗ C̃_t + f_t ⊗ C_{t−1}',
    'e_t = x_t·V + (1 − r_t) ⊗ a_t·W_e + r_t ⊗ C_t',
    'y_t = ReLU(RMSNorm(e_t)·W_1 + b_1)·W_2 + e_t + b_2',
  ],
};

for (const { name } of CELLS)
  test(`the equation of ${name} is printed as on paper`, (t) => {
    t.deepEqual(printed(name).split('\n'), EQUATIONS[name]);
  });

test('an output that stands beside the state takes no letter from an output gate', (t) => {
  t.is(printed(residual('lstm')).split('\n')[0], 'o_t = σ(x_t·W_o + h_{t−1}·U_o + b_o)');
  t.is(printed(residual('lstm'), { input: 4 }).split('\n').at(-1), 'y_t = x_t + h_t');
});

test('the equation of lstm in LaTeX', (t) => {
  t.is(
    printed('lstm', {}, 'latex'),
    String.raw`\begin{aligned}
f_t &= \sigma(x_t \cdot W_f + h_{t-1} \cdot U_f + b_f) \\
i_t &= \sigma(x_t \cdot W_i + h_{t-1} \cdot U_i + b_i) \\
o_t &= \sigma(x_t \cdot W_o + h_{t-1} \cdot U_o + b_o) \\
\tilde{C}_t &= \tanh(x_t \cdot W_C + h_{t-1} \cdot U_C + b_C) \\
C_t &= f_t \otimes C_{t-1} + i_t \otimes \tilde{C}_t \\
h_t &= o_t \otimes \tanh(C_t)
\end{aligned}`,
  );
});

test('words are upright in LaTeX, quotients are fractions', (t) => {
  t.is(
    printed('everything', {}, 'latex').split('\n')[4],
    String.raw`g_t &= \frac{\exp(e_t - \mathrm{log}_t)}{\mathrm{softplus}(a_t) + 1} \\`,
  );
});

test('a cell without biases is printed without', (t) => {
  t.is(printed('rnn', { bias: false }), 'h_t = tanh(x_t·W + h_{t−1}·U)');
});

test('sizes do not change what is printed, not even a size of 1', (t) => {
  // Where input and state are equally wide, these are others.
  const others = ['sru', 'residualGru', 'sruBlock'];
  for (const { name } of CELLS.filter((each) => each.name !== 'everything'))
    t.is(printed(name, { input: 1, hidden: others.includes(name) ? 2 : 1 }), printed(name), name);
});

for (const of of CELLS)
  for (const notation of ['unicode', 'latex'] as const)
    test(`${of.name} in ${notation}: every weight has a name in the equation, and every line two sides`, (t) => {
      const { equation, weights } = printCell(of.trace(SIZES), notation);
      t.deepEqual(Object.keys(weights), Object.keys(of.weights(SIZES)));
      for (const symbol of Object.values(weights).flatMap((text) => text.replace(/^\[(.*)\]$/, '$1').split(', ')))
        if (symbol !== '…') t.true(equation.includes(symbol), symbol);
      const lines = equation.split('\n').filter((line) => !/^\\(begin|end)\{aligned\}$/.test(line));
      for (const line of lines) t.regex(line, /^\S.* ?&?= \S/);
    });

test('the blocks of columns of a weight are told in their order', (t) => {
  const { weights } = printCell((CELLS.find(({ name }) => name === 'lstm') as Cell).trace(SIZES), 'unicode');
  t.deepEqual(weights, {
    inputWeights: '[W_f, W_i, W_o, W_C]',
    recurrentWeights: '[U_f, U_i, U_o, U_C]',
    bias: '[b_f, b_i, b_o, b_C]',
  });
});

test('a weight that is used as a whole and in blocks is told as both', (t) => {
  const both = cell({
    name: 'both',
    state: ({ hidden }) => ({ hidden }),
    weights: ({ input, hidden }) => ({ W: [input, 2 * hidden], p: [2 * hidden] }),
    step({ x, W, p }) {
      const gates = sigmoid(x.dot(W));
      const [first, second] = gates.split(2);
      const [scale] = p.split(2);
      const output = first.times(scale).plus(second);
      return { output, state: { hidden: output }, gates: { gates } };
    },
  });
  const { equation, weights } = printCell(both.trace(SIZES), 'unicode');
  t.is(equation, 'g_t = σ(x_t·W)\nh_t = σ(x_t·W_{h,1}) ⊗ p_h + σ(x_t·W_{h,2})');
  t.deepEqual(weights, { W: 'W = [W_{h,1}, W_{h,2}]', p: '[p_h, …]' });
});

type Given = Readonly<Record<'x' | 'h' | 'W' | 'U' | 'V' | 'b' | 'p', Expression>>;

/** What an expression is printed as, as the next h. */
function right(make: (given: Given) => Expression, notation: NotationName = 'unicode'): string {
  const of = cell({
    name: 'tried',
    state: ({ hidden }) => ({ h: hidden }),
    weights: ({ input, hidden }) =>
      ({
        ...{ W: [input, hidden], U: [hidden, hidden], V: [hidden, hidden] },
        ...{ b: [hidden], p: [hidden] },
      }) as const,
    step(given) {
      const output = make(given);
      return { output, state: { h: output } };
    },
  });
  return printed(of, {}, notation)
    .replace(/^\\begin\{aligned\}\n|\n\\end\{aligned\}$/g, '')
    .replace(/^h_t (&)?= /, '');
}

const PRECEDENCE: readonly (readonly [string, (given: Given) => Expression])[] = [
  ['x_t·W ⊗ h_{t−1}', ({ x, W, h }) => x.dot(W).times(h)],
  ['(h_{t−1} ⊗ p)·U', ({ h, p, U }) => h.times(p).dot(U)],
  ['(h_{t−1} + b)·U', ({ h, b, U }) => h.plus(b).dot(U)],
  ['h_{t−1}·U·V', ({ h, U, V }) => h.dot(U).dot(V)],
  ['h_{t−1}·U·V', ({ h, U, V }) => h.dot(U.dot(V))],
  ['h_{t−1} − b − p', ({ h, b, p }) => h.minus(b).minus(p)],
  ['h_{t−1} − (b + p)', ({ h, b, p }) => h.minus(b.plus(p))],
  ['h_{t−1} − (b − p)', ({ h, b, p }) => h.minus(b.minus(p))],
  ['h_{t−1} + b − p', ({ h, b, p }) => h.plus(b.minus(p))],
  ['h_{t−1} + b', ({ h, b }) => h.minus(negate(b))],
  ['h_{t−1} − 0.5', ({ h }) => h.plus(-0.5)],
  ['−h_{t−1} ⊗ p', ({ h, p }) => negate(h.times(p))],
  ['(−h_{t−1}) ⊗ p', ({ h, p }) => negate(h).times(p)],
  ['−(h_{t−1} + b)', ({ h, b }) => negate(h.plus(b))],
  ['1 − h_{t−1}', ({ h }) => oneMinus(h)],
  ['1 − (1 − h_{t−1})', ({ h }) => oneMinus(oneMinus(h))],
  ['(1 − h_{t−1}) ⊗ p', ({ h, p }) => oneMinus(h).times(p)],
  ['h_{t−1} ⊗ b ⊗ p', ({ h, b, p }) => h.times(b.times(p))],
  ['2 h_{t−1} ⊗ p', ({ h, p }) => h.times(p).times(2)],
  ['0.5 (h_{t−1} + b)', ({ h, b }) => h.plus(b).times(0.5)],
  ['h_{t−1}²', ({ h }) => h.times(h)],
  ['(h_{t−1} + b)²', ({ h, b }) => h.plus(b).times(h.plus(b))],
  ['h_{t−1} / (b ⊗ p)', ({ h, b, p }) => h.dividedBy(b.times(p))],
  ['h_{t−1} ⊗ b / p', ({ h, b, p }) => h.times(b).dividedBy(p)],
  ['h_{t−1} ⊗ (b / p)', ({ h, b, p }) => h.times(b.dividedBy(p))],
  ['(h_{t−1} / b) / p', ({ h, b, p }) => h.dividedBy(b).dividedBy(p)],
  ['√(h_{t−1} + 1)', ({ h }) => squareRoot(h.plus(1))],
  ['√h_{t−1}', ({ h }) => squareRoot(h)],
  ['(ln σ(h_{t−1})) ⊗ p', ({ h, p }) => logSigmoid(h).times(p)],
  ['max(h_{t−1}, −1)', ({ h }) => maximum(h, -1)],
  ['exp(h_{t−1} − mean(x_t))', ({ h, x }) => exp(h.minus(rowMean(x)))],
  ['h_{t−1} ⊗ sum(x_t)', ({ h, x }) => h.times(rowSum(x))],
  ['RMSNorm(h_{t−1} + b)·U', ({ h, U, b }) => rmsNorm(h.plus(b)).dot(U)],
  ['h_{t−1} / √(mean(x_t²) + 0.5)', ({ h, x }) => h.dividedBy(squareRoot(rowMean(x.times(x)).plus(0.5)))],
  ['LN(h_{t−1}·U) ⊗ p + b', ({ h, U, p, b }) => layerNorm(h.dot(U)).times(p).plus(b)],
  ['x_t·W − h_{t−1}·U + p ⊗ h_{t−1} + b', ({ x, W, h, U, b, p }) => b.plus(x.dot(W)).minus(h.dot(U)).plus(p.times(h))],
];

for (const [expected, make] of PRECEDENCE)
  test(`as few brackets as it needs: ${expected} (${PRECEDENCE.findIndex((row) => row[1] === make)})`, (t) => {
    t.is(right(make), expected);
  });

test('brackets around a fraction grow with it', (t) => {
  t.is(
    right(({ h, b, p }) => tanh(h.dividedBy(p)).plus(b.dividedBy(p).times(p)), 'latex'),
    String.raw`\tanh\left(\frac{h_{t-1}}{p}\right) + \frac{b}{p} \otimes p`,
  );
});

test('sLSTM (Beck et al., “xLSTM”, 2024), its gates kept in logarithms, is printed as in its paper', (t) => {
  const slstm = cell({
    name: 'slstm',
    state: ({ hidden }) => ({ h: hidden, c: hidden, n: hidden, m: hidden }),
    weights: ({ input, hidden }) => ({ W: [input, 4 * hidden], R: [hidden, 4 * hidden], b: [4 * hidden] }),
    step({ x, h, c, n, m, W, R, b }) {
      const [i, f, o, z] = x.dot(W).plus(b).plus(h.dot(R)).split(4);
      const kept = logSigmoid(f).plus(m);
      const next = { m: maximum(kept, i) };
      const [input, forget, output] = [exp(i.minus(next.m)), exp(kept.minus(next.m)), sigmoid(o)];
      const memory = forget.times(c).plus(input.times(tanh(z)));
      const sum = forget.times(n).plus(input);
      const hidden = output.times(memory.dividedBy(sum));
      return { output: hidden, state: { h: hidden, c: memory, n: sum, ...next }, gates: { input, forget, output } };
    },
  });
  t.deepEqual(printed(slstm).split('\n'), [
    'a_t = x_t·W_a + h_{t−1}·R_a + b_a',
    'e_t = ln σ(x_t·W_e + h_{t−1}·R_e + b_e) + m_{t−1}',
    'm_t = max(e_t, a_t)',
    'i_t = exp(a_t − m_t)',
    'f_t = exp(e_t − m_t)',
    'o_t = σ(x_t·W_o + h_{t−1}·R_o + b_o)',
    'c_t = f_t ⊗ c_{t−1} + i_t ⊗ tanh(x_t·W_c + h_{t−1}·R_c + b_c)',
    'n_t = f_t ⊗ n_{t−1} + i_t',
    'h_t = o_t ⊗ (c_t / n_t)',
  ]);
});

/** A cell of two gates of these names. */
const gated = (first: string, second: string): Cell =>
  cell({
    name: 'gated',
    state: ({ hidden }) => ({ h2: hidden, alpha: hidden }),
    weights: ({ input, hidden }) => ({ W: [input, 2 * hidden], big_one: [hidden] }),
    step({ x, h2, alpha, W, big_one }) {
      const [a, b] = x.dot(W).split(2);
      const [one, two] = [sigmoid(a), sigmoid(b)];
      const next = one.times(h2).plus(two.times(alpha)).times(big_one);
      return { output: next, state: { h2: next, alpha: next }, gates: { [first]: one, [second]: two } };
    },
  });

test('a gate is its first letter, where no other begins so; a name with a number has an index; Greek letters are letters', (t) => {
  t.deepEqual(printed(gated('keep', 'write')).split('\n'), [
    'k_t     = σ(x_t·W_k)',
    'w_t     = σ(x_t·W_w)',
    'h_{2,t} = (k_t ⊗ h_{2,t−1} + w_t ⊗ α_{t−1}) ⊗ big_one',
    'α_t     = h_{2,t}',
  ]);
  t.deepEqual(printed(gated('forget', 'fade')).split('\n').slice(0, 2), [
    'forget_t = σ(x_t·W_forget)',
    'fade_t   = σ(x_t·W_fade)',
  ]);
});

test('nothing in a name means anything in LaTeX or Markdown', (t) => {
  const lines = printed(gated('a`b\n$c', 'd'), {}, 'latex');
  t.true(lines.includes(String.raw`W_{\mathrm{big\_one}}`) === false);
  t.true(lines.includes(String.raw`\otimes \mathrm{big\_one}`), lines);
  t.notRegex(lines, /[`$]/);
});

test('what a gate is made of and others need, too, has a line of its own', (t) => {
  const shared = cell({
    name: 'shared',
    state: ({ hidden }) => ({ hidden }),
    weights: ({ input, hidden }) => ({ inputWeights: [input, hidden], recurrentWeights: [hidden, hidden] }),
    step({ x, hidden, inputWeights, recurrentWeights }) {
      const sum = x.dot(inputWeights).plus(hidden.dot(recurrentWeights));
      const output = sigmoid(sum).times(tanh(sum));
      return { output, state: { hidden: output } };
    },
  });
  t.is(printed(shared), 'a_t = x_t·W + h_{t−1}·U\nh_t = σ(a_t) ⊗ tanh(a_t)');
});
