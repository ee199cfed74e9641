import { readFileSync, writeFileSync } from 'node:fs';
import { from, lastValueFrom } from 'rxjs';
import type { Batch, ModelOptions } from '../../src/index.js';

// One training, in a process of its own: JSON of options and sizes → JSON of bytes: the largest resident memory in two steps
// of training, less what was resident before them.
const [, , input = ''] = process.argv;
const {
  options,
  vocabulary,
  batch: size,
  time: length,
} = JSON.parse(input) as {
  options: ModelOptions;
  vocabulary: number;
  batch: number;
  time: number;
};
const { adam, CharacterTokenizer, LanguageModel, random, train } = await import('../../src/index.js');
const characters = Array.from({ length: vocabulary - 3 }, (_, at) => String.fromCodePoint(0x10000 + at));
const tokenizer = new CharacterTokenizer(characters.join(''));
const model = new LanguageModel({ ...options, tokenizer });
const { integer } = random(1, 'ids');
const batch: Batch = {
  ids: Int32Array.from({ length: size * length }, (_, at) => integer(at, vocabulary)),
  mask: new Float32Array(size * length).fill(1),
  lengths: new Int32Array(size).fill(length),
  ...{ size, length, tokens: size * length },
};
// From here on, the kernel keeps the largest resident memory anew.
writeFileSync('/proc/self/clear_refs', '5');
const before = status('VmRSS');
await lastValueFrom(from([batch, batch]).pipe(train(model, { optimizer: adam(), clipNorm: 5 })));
console.log(JSON.stringify({ peak: status('VmHWM') - before }));

/** Bytes. */
function status(name: string): number {
  const [, kilobytes] =
    new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
