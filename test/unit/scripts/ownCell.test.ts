import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { loadCell } from '../../../scripts/cli/loadCell.js';
import * as cells from '../../../src/cells/index.js';
import {
  block,
  CELL_NAMES,
  type Cell,
  cellOf,
  equationOf,
  InvalidArgumentError,
  residual,
} from '../../../src/index.js';
import { fileAt, moduleAt } from '../../support/places.js';
import { runCommand } from '../../support/runCommand.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const LIBRARY = moduleAt('src/index.ts').href;

/** A module that exports a simple recurrent network under these names. */
function moduleOf(...names: string[]): string {
  const exported = names.map((name) => (name === 'default' ? 'export default made;' : `export const ${name} = made;`));
  return `import { cell, tanh } from '${LIBRARY}';
const made = cell({
  name: 'mine',
  state: ({ hidden }) => ({ hidden }),
  weights: ({ input, hidden }) => ({ W: [input, hidden], U: [hidden, hidden] }),
  step({ x, hidden: h, W, U }) {
    const hidden = tanh(x.dot(W).plus(h.dot(U)));
    return { output: hidden, state: { hidden } };
  },
});
${exported.join('\n')}
`;
}

async function written(t: ExecutionContext, source: string, name = 'mine.mjs'): Promise<string> {
  const path = join(await temporaryDirectory(t), name);
  writeFileSync(path, source);
  return path;
}

test('the help of train and of compare names every cell that comes with the library', async (t) => {
  for (const command of ['train', 'compare']) {
    const { stdout } = await runCommand([command, '--help']);
    t.true(stdout.replaceAll(/\s+/g, ' ').includes(CELL_NAMES.join(', ')), command);
  }
  t.deepEqual(CELL_NAMES, Object.keys(cells).sort() as never);
});

test('a cell that comes with the library is named, another is what a module exports', async (t) => {
  t.is(await loadCell('lstm'), 'lstm');
  for (const names of [['default'], ['mine'], ['mine', 'default']]) {
    const cell = (await loadCell(await written(t, moduleOf(...names)))) as Cell;
    t.is(cell.name, 'mine');
  }
});

test('of each cell that comes with the library, there is one with a way around it, and a block', async (t) => {
  for (const name of CELL_NAMES)
    for (const given of [residual(name), block(name)]) {
      const made = await loadCell(given.name);
      t.is(cellOf(made).name, given.name);
      t.is(equationOf(made).equation, equationOf(given).equation);
    }
  for (const given of ['residualgru', 'residual', 'Block', 'blockGru', 'minGruBlockBlock'])
    await t.throwsAsync(loadCell(given), { instanceOf: InvalidArgumentError }, given);
});

test('the module that docs/cells.md shows exports a cell of the equation that it says', async (t) => {
  const docs = readFileSync(fileAt('docs/cells.md'), 'utf8');
  const [, source = ''] = /```ts title="my-cell.ts"\n([\s\S]*?)```\n/.exec(docs) ?? [];
  const decay = (await loadCell(
    await written(t, source.replace("'babblebrook'", `'${LIBRARY}'`), 'decay.mjs'),
  )) as Cell;
  const [candidate, hidden] = ['h̃_t = tanh(x_t·W + h_{t−1}·U + b)', 'h_t = σ(α) ⊗ h_{t−1} + (1 − σ(α)) ⊗ h̃_t'];
  t.is(equationOf(decay).equation, `${candidate}\n${hidden}`);
  t.true(docs.includes(hidden));
});

for (const [what, source, message] of [
  ['exports two cells', moduleOf('one', 'two'), /which exports one, two$/],
  ['exports no cell', 'export const cell = { name: "none" };', /which exports none$/],
  ['does not load', 'import "nowhere";', /^Expected cell to be a module that can be loaded, got .*nowhere/],
  ['is no JavaScript', '{', /^Expected cell to be a module that can be loaded/],
] as const)
  test(`a module that ${what} is an InvalidArgumentError that says so`, async (t) => {
    const path = await written(t, source);
    await t.throwsAsync(loadCell(path), { instanceOf: InvalidArgumentError, message });
  });

test('what is no cell and no module is an InvalidArgumentError', async (t) => {
  for (const given of ['LSTM', 'constructor', '', 'cell.txt', './not-there.js'])
    await t.throwsAsync(loadCell(given), { instanceOf: InvalidArgumentError }, given);
});

test('a cell of one’s own trains with two workers, is compared, and goes on and generates without its file', async (t) => {
  const directory = await temporaryDirectory(t);
  const [corpus, module, run] = ['text.txt', 'mine.mjs', 'run'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const sentences = readFileSync('corpus/state-of-the-union.txt', 'utf8').match(/[A-Z][a-z ,]{20,80}\./g) ?? [];
  writeFileSync(corpus, sentences.slice(0, 60).join('\n'));
  writeFileSync(module, moduleOf('mine'));
  const script = (...argv: string[]) => runCommand(argv);
  const text = ['--corpus', corpus, '--sentence-per-line', '--embedding', '4', '--hidden', '8', '--max-tokens', '400'];

  const trained = await script('train', ...text, '--cell', module, '--epochs', '2', '--workers', '2', '--out', run);
  t.is(trained.code, 0, trained.stderr);
  t.regex(trained.stderr, /^mine with .* weights.*\n {2}h_t = tanh\(x_t·W \+ h_\{t−1\}·U\)\n/);

  const out = join(directory, 'compared');
  const compared = await script(
    ...(['compare', ...text, '--cells', `rnn,${module}`, '--seeds', '1', '--epochs', '1', '--out', out] as const),
  );
  t.is(compared.code, 0, compared.stderr);
  const { runs } = JSON.parse(readFileSync(join(out, 'compare.json'), 'utf8'));
  t.deepEqual(
    runs.map(({ cell }: { cell: string }) => cell),
    ['rnn', 'mine'],
  );
  t.regex(readFileSync(join(out, 'report.html'), 'utf8'), /var\(--plot-other-1\)/);

  rmSync(module);
  const generated = await script(
    'generate',
    '--run',
    run,
    '--decoder',
    'greedy',
    '--min-length',
    '5',
    '--max-length',
    '20',
  );
  t.is(generated.code, 0, generated.stderr);
  t.not(generated.stdout.trim(), '');
  const resumed = await script('train', '--resume', '--out', run);
  t.is(resumed.code, 0, resumed.stderr);
});
