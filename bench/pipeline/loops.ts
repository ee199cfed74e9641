import { readFileSync } from 'node:fs';
import { MAX_TOKENS, report } from './work.js';

// The floor: plain loops over the whole file in memory, lines sorted by length, no library. `loops.ts FILE`.
const [file = ''] = process.argv.slice(2);
const ids = new Int32Array(0x10000);
let vocabulary = 3;
for (const character of [...new Set(readFileSync(file, 'utf8'))].sort()) ids[character.charCodeAt(0)] = vocabulary++;

const start = performance.now();
const sequences: Int32Array[] = [];
for (const line of readFileSync(file, 'utf8').split('\n')) {
  if (line === '') continue;
  const sequence = new Int32Array(line.length + 1);
  for (let at = 0; at < line.length; at++) sequence[at] = ids[line.charCodeAt(at)] ?? 2;
  sequence[line.length] = 1;
  sequences.push(sequence);
}
for (let last = sequences.length - 1; last > 0; last--) {
  const chosen = Math.floor(Math.random() * (last + 1));
  const held = sequences[last] as Int32Array;
  sequences[last] = sequences[chosen] as Int32Array;
  sequences[chosen] = held;
}
sequences.sort((a, b) => a.length - b.length);
const work = { sentences: 0, tokens: 0, places: 0, batches: 0 };
for (let from = 0; from < sequences.length; ) {
  let to = from + 1;
  while (to < sequences.length && (sequences[to]?.length ?? 0) * (to + 1 - from) <= MAX_TOKENS) to++;
  const size = to - from;
  const length = sequences[to - 1]?.length ?? 0;
  const batch = new Int32Array(size * length);
  const mask = new Float32Array(size * length);
  for (let column = 0; column < size; column++) {
    const sequence = sequences[from + column] as Int32Array;
    for (let time = 0; time < sequence.length; time++) {
      batch[time * size + column] = sequence[time] as number;
      mask[time * size + column] = 1;
    }
    work.tokens += sequence.length;
  }
  work.sentences += size;
  work.places += size * length;
  work.batches++;
  from = to;
}
report({ ...work, seconds: (performance.now() - start) / 1000 });
