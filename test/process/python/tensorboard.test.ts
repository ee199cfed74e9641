import { spawnSync } from 'node:child_process';
import { readFileSync, truncateSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lastValueFrom } from 'rxjs';
import { logToTensorBoard } from '../../../src/monitoring/logToTensorBoard.js';
import { EventFile } from '../../../src/monitoring/tensorboard/EventFile.js';
import { histogramValue } from '../../../src/monitoring/tensorboard/SummaryValue.js';
import { eventFilesOf, readEvents, readValues } from '../../support/eventFiles.js';
import { smallModel } from '../../support/languageModels.js';
import { fileAt, fixtureAt } from '../../support/places.js';
import { runProgram } from '../../support/runProgram.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';
import { testWith } from '../../support/testWith.js';
import { stepsOf } from '../../support/trainingSteps.js';

// TensorBoard itself reads what was written. Skipped where Python has no TensorBoard: `npm run bench:peers` installs it.
const PYTHON = '.venv/bin/python';
const isThere = spawnSync(PYTHON, ['-c', 'import tensorboard']).status === 0;
const ifThere = testWith('Python with tensorboard', isThere);

type Value = number | string | Value[];
interface FoundTag {
  readonly plugin: string;
  readonly events: readonly [step: number, wallTime: number, value: Value][];
  readonly hparams?: Readonly<Record<string, unknown>>;
}

/** What TensorBoard shows of a directory, by tag. */
async function readByTensorBoard(directory: string): Promise<Readonly<Record<string, FoundTag>>> {
  const script = fileURLToPath(fileAt('test/process/python/read_events.py'));
  const { code, stdout, stderr } = await runProgram(PYTHON, [script, directory]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Steps and values that TensorBoard shows under a tag. */
const shown = (tags: Readonly<Record<string, FoundTag>>, tag: string): [number, Value][] =>
  tags[tag]?.events.map(([step, , value]) => [step, value]) ?? [];

const EVALUATION = { sentences: 3, tokens: 9, natsPerToken: 1.5, bitsPerCharacter: 2.25, perplexity: 4.5 };
const SETTINGS = { learningRate: 0.1, corpus: 'größe.txt', sentencePerLine: false };

/** Logs a training, from a first step on. */
async function logTraining(directory: string, count: number, first = 0): Promise<void> {
  const model = smallModel({ cell: 'lstm', layers: 2 });
  const log = logToTensorBoard(directory, { every: 2, histogramsEvery: 4, settings: SETTINGS });
  await lastValueFrom(stepsOf(model, count, { first }).pipe(log));
  log.validation(EVALUATION);
  log.text('sample', `Größe, *✓*, from ${first}`);
  log.scalar('not a number', NaN);
  log.scalar('infinite', -Infinity);
  model.dispose();
}

ifThere('TensorBoard finds every tag, with every step, time and value that was written', async (t) => {
  const directory = await temporaryDirectory(t);
  await logTraining(directory, 9);
  const tags = await readByTensorBoard(directory);
  const written = readEvents(directory).flatMap((event) =>
    event.type !== 'values' ? [] : event.values.map((value) => ({ ...value, step: event.step, time: event.wallTime })),
  );
  const found = Object.entries(tags).flatMap(([tag, { plugin, events }]) =>
    events.map(([step, time, value]) => {
      const flat = plugin === 'histograms' && Array.isArray(value) ? value.flat() : value;
      return { tag, plugin, value: value === 'nan' ? NaN : value === '-inf' ? -Infinity : flat, step, time };
    }),
  );
  const inOrder = <A extends { tag: string; step: number }>(values: A[]): A[] =>
    values.filter(({ tag }) => !tag.startsWith('_')).sort((a, b) => a.tag.localeCompare(b.tag) || a.step - b.step);
  t.true(found.length > 60);
  t.deepEqual(inOrder(found), inOrder(written) as unknown);
  t.deepEqual([...new Set(Object.values(tags).map(({ plugin }) => plugin))].sort(), [
    'histograms',
    'hparams',
    'scalars',
    'text',
  ]);
});

ifThere("TensorBoard finds the model's configuration and the settings as hparams", async (t) => {
  const directory = await temporaryDirectory(t);
  const model = smallModel({ cell: 'gru', layers: 2 });
  await lastValueFrom(stepsOf(model, 1).pipe(logToTensorBoard(directory, { settings: SETTINGS })));
  const { hparams } = (await readByTensorBoard(directory))['_hparams_/session_start_info'] ?? {};
  t.deepEqual(hparams, { ...model.config, ...SETTINGS });
  model.dispose();
});

ifThere(
  "histograms that TensorBoard finds are numpy's; it reads NaN, infinities, a constant and nothing",
  async (t) => {
    const directory = await temporaryDirectory(t);
    const fixture = fixtureAt('tensorboard/histograms.json');
    const numpy: Record<string, { values: number[]; edges: number[]; counts: number[] }> = JSON.parse(
      readFileSync(fixture, 'utf8'),
    );
    const special = { nan: [NaN, 1, 2], infinite: [Infinity, -Infinity, 1, 2], constant: [5, 5, 5], none: [NaN] };
    const values = [
      ...Object.entries(numpy).map(([name, { values }]) => histogramValue(name, Float32Array.from(values))),
      ...Object.entries(special).map(([name, values]) => histogramValue(name, Float32Array.from(values))),
    ];
    new EventFile(directory).add([{ type: 'values', step: 0, values }]);
    const tags = await readByTensorBoard(directory);
    for (const [name, { edges, counts }] of Object.entries(numpy))
      t.deepEqual(
        shown(tags, name),
        [[0, counts.map((count, bucket) => [edges[bucket], edges[bucket + 1], count])]],
        name,
      );
    const ends = (first: number[], last: number[]): unknown => [[0, [first, ...Array(28).fill(null), last]]];
    const withoutMiddle = (name: string): unknown =>
      shown(tags, name).map(([step, rows]) => [
        step,
        (rows as Value[]).map((row, at) => (at === 0 || at === 29 ? row : null)),
      ]);
    const width = 1 / 30;
    for (const name of ['nan', 'infinite'])
      t.deepEqual(withoutMiddle(name), ends([1, 1 + width, 1], [1 + 29 * width, 2, 1]));
    t.deepEqual(withoutMiddle('constant'), ends([5, 5, 0], [5, 5, 3]));
    t.deepEqual(withoutMiddle('none'), ends([0, 0, 0], [0, 0, 0]));
  },
);

ifThere('of a training that was resumed, TensorBoard shows every step once: that of the later log', async (t) => {
  const directory = await temporaryDirectory(t);
  await logTraining(directory, 15);
  await logTraining(directory, 4, 7);
  const tags = await readByTensorBoard(directory);
  const steps = (tag: string): number[] => shown(tags, tag).map(([step]) => step);
  t.deepEqual(steps('loss/train'), [0, 2, 4, 6, 8, 10]);
  t.deepEqual(steps('gates/layer_1/forget'), [0, 4, 8]);
  t.deepEqual(shown(tags, 'sample'), [[10, 'Größe, *✓*, from 7']]);
  const all = readValues(directory).filter(({ tag }) => tag === 'loss/train');
  t.deepEqual(
    shown(tags, 'loss/train'),
    [...all.slice(0, 4), ...all.slice(8)].map(({ step, value }) => [step, value]),
  );
});

ifThere('of a file that is cut off anywhere, TensorBoard reads all events before', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = new EventFile(directory);
  for (let step = 0; step < 5; step++)
    file.add([{ type: 'values', step, values: [histogramValue('a', Float32Array.of(1, 2, step))] }]);
  const [path = ''] = eventFilesOf(directory);
  const { length } = readFileSync(path);
  for (const missing of [1, 4, 5, 300]) {
    truncateSync(path, length - missing);
    const steps = shown(await readByTensorBoard(directory), 'a').map(([step]) => step);
    t.deepEqual(steps, [0, 1, 2, 3], `${missing} bytes missing`);
  }
});
