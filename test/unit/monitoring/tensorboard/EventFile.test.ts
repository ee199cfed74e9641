import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'ava';
import { FileWriteError } from '../../../../src/errors.js';
import { EventFile } from '../../../../src/monitoring/tensorboard/EventFile.js';
import { scalarValue, textValue } from '../../../../src/monitoring/tensorboard/SummaryValue.js';
import { eventFilesOf, readEvents, readTag } from '../../../support/eventFiles.js';
import { LOADER, moduleAt } from '../../../support/places.js';
import { runProgram } from '../../../support/runProgram.js';
import { temporaryDirectory } from '../../../support/temporaryFiles.js';

const scalar = (step: number, value = step) => ({ type: 'values', step, values: [scalarValue('a', value)] }) as const;

test('nothing is made before the first event; then the directory is, and a file that begins with its version', async (t) => {
  const directory = join(await temporaryDirectory(t), 'runs', 'new');
  const file = new EventFile(directory);
  t.deepEqual(eventFilesOf(directory), []);
  file.add([scalar(3)]);
  t.is(eventFilesOf(directory).length, 1);
  t.deepEqual(
    readEvents(directory).map(({ type, step }) => [type, step]),
    [
      ['version', 0],
      ['values', 3],
    ],
  );
});

test('events are in the file when they were added, with the time of it in seconds', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = new EventFile(directory);
  for (let step = 0; step < 3; step++) {
    const before = Date.now() / 1000;
    file.add([scalar(step)]);
    const wallTime = readEvents(directory).at(-1)?.wallTime ?? NaN;
    t.true(before <= wallTime && wallTime <= Date.now() / 1000);
    t.is(readTag(directory, 'a').length, step + 1);
  }
});

test('the name of a file is later than those of all files there, whatever the clock says', async (t) => {
  const directory = await temporaryDirectory(t);
  writeFileSync(join(directory, 'events.out.tfevents.4000000000.other.1'), '');
  for (let file = 0; file < 3; file++) new EventFile(directory).add([scalar(file)]);
  t.deepEqual(
    eventFilesOf(directory).map((path) => basename(path).split('.').slice(0, 4).join('.')),
    [0, 1, 2, 3].map((later) => `events.out.tfevents.${4000000000 + later}`),
  );
  t.deepEqual(
    readTag(directory, 'a').map(([step]) => step),
    [0, 1, 2],
  );
});

test('what is written never grows beyond what was added, and stays when the next is added', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = new EventFile(directory);
  file.add([scalar(0)]);
  const [path = ''] = eventFilesOf(directory);
  const before = readFileSync(path);
  file.add([scalar(1), scalar(2)]);
  t.deepEqual(readFileSync(path).subarray(0, before.length), before);
});

// ── Errors ──

test('a directory that was removed is a FileWriteError that names the file, and no file is made again', async (t) => {
  const directory = join(await temporaryDirectory(t), 'run');
  const file = new EventFile(directory);
  file.add([scalar(0)]);
  const [path = ''] = eventFilesOf(directory);
  rmSync(directory, { recursive: true });
  const gone = { instanceOf: FileWriteError, message: new RegExp(`^Expected to log to ${path}, got ENOENT`) };
  t.throws(() => file.add([scalar(1)]), gone);
  mkdirSync(directory);
  t.throws(() => file.add([scalar(2)]), gone);
  t.deepEqual(eventFilesOf(directory), []);
});

test('a directory that cannot be made is a FileWriteError that names it and its cause', (t) => {
  const error = t.throws(() => new EventFile('/dev/null/run').add([scalar(0)]), {
    instanceOf: FileWriteError,
    message: /^Expected to log to \/dev\/null\/run, got ENOTDIR/,
  });
  t.true(error?.cause instanceof Error);
});

/** Runs code that has `file`, an `EventFile` of `directory`, `text` and `scalar` events; no file may exceed 4 kB. */
function runLimited(directory: string, code: string) {
  const source = (name: string): string => moduleAt(`src/${name}.ts`).href;
  const program = `
    import { EventFile } from '${source('monitoring/tensorboard/EventFile')}';
    import { scalarValue, textValue } from '${source('monitoring/tensorboard/SummaryValue')}';
    const event = (step, value) => ({ type: 'values', step, values: [value] });
    const file = new EventFile(${JSON.stringify(directory)});
    ${code}`;
  const args = [...LOADER, '--input-type=module', '--eval', program];
  return runProgram('bash', ['-c', 'ulimit -f 4; exec "$0" "$@"', process.execPath, ...args]);
}

test('where the disk is full, an event is a FileWriteError, and the file is as it was before it', async (t) => {
  const directory = await temporaryDirectory(t);
  const { stdout, stderr } = await runLimited(
    directory,
    `file.add([event(0, scalarValue('a', 0))]);
     try { file.add([event(1, textValue('b', 'x'.repeat(8000)))]); } catch (error) { console.log(String(error)); }
     file.add([event(2, scalarValue('a', 2))]);`,
  );
  t.regex(stdout, /^FileWriteError: Expected to log to .*, got EFBIG/, stderr);
  t.deepEqual(readTag(directory, 'a'), [
    [0, 0],
    [2, 2],
  ]);
  t.deepEqual(readTag(directory, 'b'), []);
});

test('a text of many scripts is read as it was written', async (t) => {
  const directory = await temporaryDirectory(t);
  const text = 'Größe, ✓, 🙂, \0, "quoted"\nשלום';
  new EventFile(directory).add([{ type: 'values', step: 1, values: [textValue('sample', text)] }]);
  t.deepEqual(readTag(directory, 'sample'), [[1, text]]);
});
