import { readFileSync } from 'node:fs';
import test from 'ava';
import { CELLS } from '../../src/cells/cells.js';
import * as babblebrook from '../../src/index.js';
import { modelConfig } from '../../src/model/ModelConfig.js';
import { parameterCount } from '../../src/model/parameterCount.js';
import { fileAt } from '../support/places.js';
import { page } from './cells/page.js';
import { sizeFormula } from './cells/sizeFormula.js';

const read = (path: string): string => readFileSync(fileAt(path), 'utf8');
const example = read('examples/07-your-own-cell.ts');
const { now, anew } = page();

test('docs/cells.md says of the cells what is printed from them (anew: npx tsx test/docs/cells/print.ts)', (t) => {
  t.is(now, anew);
  for (const name of Object.keys(CELLS)) t.true(now.includes(`\n### ${name}\n`), name);
});

test('every cell that a model can name is exported', (t) => {
  for (const [name, cell] of Object.entries(CELLS)) t.is((babblebrook as Record<string, unknown>)[name], cell, name);
});

for (const cell of Object.values(CELLS))
  test(`the comment on ${cell.name} has the equation that is printed`, (t) => {
    const { equation } = babblebrook.equationOf(cell, 'unicode', { bias: true });
    t.true(read(`src/cells/${cell.name}.ts`).includes(`\n *\n${equation.replaceAll(/^/gm, ' *     ')}\n`), equation);
  });

test('what is no cell, notation or size has no equation', (t) => {
  const { equationOf, InvalidArgumentError } = babblebrook;
  const calls = [
    () => equationOf('mamba' as 'rnn'),
    () => equationOf('rnn', 'troff' as 'latex'),
    () => equationOf('rnn', 'latex', { hidden: 0.5 }),
    () => equationOf('rnn', 'latex', { bias: 'yes' as unknown as boolean }),
  ];
  for (const call of calls) t.throws(call, { instanceOf: InvalidArgumentError });
});

test('docs/cells.md shows the example that is run, and what its cell is printed as', (t) => {
  t.true(now.includes(`\`\`\`ts title="examples/07-your-own-cell.ts"\n${example}\`\`\`\n`));
  t.true(now.includes('\no_t = σ(x_t·W_o + h_{t−1}·U_o + C_t ⊗ p + b_o)\n'));
});

test('the README shows the cell of the example', (t) => {
  const [definition = 'none'] = /\/\*\* An LSTM[\s\S]*?^\}\);$/m.exec(example) ?? [];
  t.true(read('README.md').includes(definition));
});

test('the example is under 40 lines', (t) => {
  t.true(example.split('\n').length <= 40);
});

test('docs/cells.md shows what a block is printed as', (t) => {
  const { equation } = babblebrook.equationOf(babblebrook.block('minGru'), 'unicode', { input: 256, hidden: 256 });
  t.true(now.includes(`\n\`\`\`text\n${equation}\n\`\`\`\n`), equation);
});

test('every operation that docs/cells.md names is exported, or a method', (t) => {
  const table = /### Operations\n([\s\S]*?)###/.exec(now)?.[1] ?? '';
  const [functions, methods] = [/`(\w+)(?:\([^)]*\))?`/g, /`a\.(\w+)\(/g].map((pattern) =>
    [...table.matchAll(pattern)].map(([, name = '']) => name).filter((name) => name.length > 1),
  );
  t.true((functions ?? []).length > 12 && (methods ?? []).length >= 7);
  for (const name of functions ?? []) t.is(typeof (babblebrook as Record<string, unknown>)[name], 'function', name);
  const { input } = babblebrook.rnn.trace({ input: 2, hidden: 2, bias: true });
  for (const name of methods ?? []) t.true(name in input, name);
});

test('a formula of sizes is read off one value, and a value that has none is an error', (t) => {
  t.is(
    sizeFormula(({ input, hidden }) => 4 * hidden * (hidden + input) + hidden + 2),
    '4·hidden² + 4·hidden·input + hidden + 2',
  );
  t.is(
    sizeFormula(() => 0),
    '',
  );
  t.throws(() => sizeFormula(({ input, hidden }) => hidden * input ** 2), { instanceOf: RangeError });
});

test('the numbers learned that docs/cells.md tells of an LSTM are those of a model', (t) => {
  t.true(now.includes('4·hidden² + 4·hidden·input + 4·hidden\n'));
  const [input, hidden, vocabulary] = [5, 7, 11];
  const config = modelConfig({ cell: 'lstm', embeddingSize: input, hiddenSize: hidden });
  const around = vocabulary * input + hidden * vocabulary + vocabulary;
  t.is(
    parameterCount({ ...config, cell: 'lstm' }, vocabulary) - around,
    4 * hidden ** 2 + 4 * hidden * input + 4 * hidden,
  );
});
