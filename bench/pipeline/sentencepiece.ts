import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { report } from './work.js';

// sentencepiece-js alone, encoding every line: `sentencepiece.ts FILE MODEL`.
interface Processor {
  load(path: string): Promise<void>;
  encodeIds(text: string): number[];
}
const { SentencePieceProcessor } = createRequire(import.meta.url)('sentencepiece-js') as {
  SentencePieceProcessor: new () => Processor;
};
const [file = '', model = ''] = process.argv.slice(2);
const processor = new SentencePieceProcessor();
await processor.load(model);
const lines = readFileSync(file, 'utf8').split('\n');
const start = performance.now();
let sentences = 0;
let tokens = 0;
for (const line of lines) {
  if (line === '') continue;
  sentences++;
  tokens += processor.encodeIds(line).length;
}
report({ sentences, tokens, places: tokens, batches: 0, seconds: (performance.now() - start) / 1000 });
