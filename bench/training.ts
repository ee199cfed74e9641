import { lastValueFrom, tap } from 'rxjs';
import {
  adam,
  type BackendName,
  type Batch,
  type CellName,
  CharacterTokenizer,
  LanguageModel,
  pipeline,
  random,
  train,
  useBackend,
} from '../src/index.js';
import { median, printTable } from './table.js';

// Training speed for each cell and backend: the same batch again and again, embedding 64, hidden 256, Adam, clipping.
const SIZE = 64;
const LENGTH = 100;
const WARM_UP = 2;
const CELLS: readonly CellName[] = ['rnn', 'gru', 'lstm'];
const STEPS: ReadonlyMap<BackendName, number> = new Map([
  ['tensorflow', 12],
  ['wasm', 3],
  ['cpu', 1],
]);

const tokenizer = new CharacterTokenizer(String.fromCodePoint(...Array.from({ length: 97 }, (_, i) => 32 + i)));
const { integer } = random(1, 'bench');
const batch: Batch = {
  ids: Int32Array.from({ length: SIZE * LENGTH }, (_, at) => 1 + integer(at, tokenizer.vocabularySize - 1)),
  mask: new Float32Array(SIZE * LENGTH).fill(1),
  lengths: new Int32Array(SIZE).fill(LENGTH),
  size: SIZE,
  length: LENGTH,
  tokens: SIZE * LENGTH,
};

/** Median tokens per second of training, after a warm-up. */
async function measure(cell: CellName, steps: number): Promise<number> {
  const model = new LanguageModel({ cell, tokenizer });
  const speeds: number[] = [];
  const warmUp = Math.min(WARM_UP, steps - 1);
  const batches = pipeline(Array.from({ length: warmUp + steps }, () => batch));
  const training = train(model, { optimizer: adam(), clipNorm: 5 });
  await lastValueFrom(
    batches.pipe(
      training,
      tap(({ tokensPerSecond }) => speeds.push(tokensPerSecond)),
    ),
  );
  model.dispose();
  return median(speeds.slice(warmUp));
}

const rows: string[][] = [];
const native = new Map<CellName, number>();
for (const [backend, steps] of STEPS) {
  if (!(await useBackend(backend).catch(() => undefined))) {
    console.error(`${backend} cannot be used here: skipped (npm run doctor says why)`);
    continue;
  }
  for (const cell of CELLS) {
    const speed = await measure(cell, steps);
    if (backend === 'tensorflow') native.set(cell, speed);
    const ratio = speed / (native.get(cell) ?? Number.NaN);
    rows.push([`${cell}, ${backend}`, Math.round(speed).toLocaleString('en'), ratio.toFixed(3)]);
  }
}
printTable(['training, hidden 256, batch 64 × 100', 'tokens/s', 'of native'], rows);
