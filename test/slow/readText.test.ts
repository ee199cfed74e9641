import { truncate } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test, { type ExecutionContext } from 'ava';
import { readDocuments } from '../../src/pipeline/readDocuments.js';
import { readText } from '../../src/pipeline/readText.js';
import { temporaryFile } from '../support/temporaryFiles.js';

const MEGABYTE = 2 ** 20;
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** The most memory in use, garbage not counted, while a file of this size is read; it takes no room on the disk. */
async function memoryFor(t: ExecutionContext, size: number): Promise<number> {
  const path = await temporaryFile(t, '');
  await truncate(path, size);
  let most = 0;
  let characters = 0;
  let nextMeasure = 0;
  for await (const chunk of readText(path)) {
    characters += chunk.length;
    if (characters < nextMeasure) continue;
    nextMeasure += size / 10;
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    most = Math.max(most, heapUsed + external);
  }
  t.is(characters, size);
  return most;
}

test('a file of 400 MB takes hardly more memory than one of 4 MB', async (t) => {
  const small = await memoryFor(t, 4 * MEGABYTE);
  const large = await memoryFor(t, 400 * MEGABYTE);
  t.true(large - small < 32 * MEGABYTE, `${small} bytes for the small one, ${large} for the large one`);
});

/** As `memoryFor`, of JSON lines that are made as they are read. */
async function memoryForLines(t: ExecutionContext, lines: number): Promise<number> {
  const chunk = Buffer.from(`${JSON.stringify({ id: 1, text: 'We will. '.repeat(100) })}\n`.repeat(70));
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    for (let made = 0; made < lines; made += 70) yield chunk;
  };
  let most = 0;
  let read = 0;
  for await (const { end } of readDocuments(bytes(), { field: 'text', format: '.jsonl' })) {
    if (!end || read++ % (lines / 10) !== 0) continue;
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    most = Math.max(most, heapUsed + external);
  }
  t.is(read, lines);
  return most;
}

test('400 MB of JSON lines take hardly more memory than 4 MB', async (t) => {
  const small = await memoryForLines(t, 70 * 60);
  const large = await memoryForLines(t, 70 * 6000);
  t.true(large - small < 32 * MEGABYTE, `${small} bytes for few lines, ${large} for many`);
});
