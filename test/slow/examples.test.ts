import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { exampleAt, fileAt } from '../support/places.js';
import { runNode } from '../support/runProgram.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';
import { sentences } from '../support/trainingText.js';

/** What each is given to be over soon, and what it then prints. `CORPUS` is a small text, `OUT` a directory for what it writes. */
const RUNS: Readonly<Record<string, { readonly args: readonly string[]; readonly prints: RegExp }>> = {
  '01-first-sentences.ts': {
    args: ['0.02', 'CORPUS'],
    prints: /^held out: \d\.\d{3} nats per character\n(.*\n){5,}$/m,
  },
  '02-your-own-operator.ts': { args: ['CORPUS'], prints: /^first batch: \d+ pairs of up to \d+ characters$/m },
  '03-json-lines.ts': {
    args: ['examples/addresses.jsonl', 'text', '2'],
    prints: /^24 records, 1 left out\nended: steps\n/,
  },
  '04-stop-and-resume.ts': { args: ['0.02', 'OUT', 'CORPUS'], prints: /^ended: minutes\n./m },
  '05-beam-search-drawn.ts': {
    args: ['We will', '2'],
    prints: /^step 1 {3}certain: We will\n[\s\S]+\n\nWe will.+\n$/m,
  },
  '06-compare-cells.ts': {
    args: ['0.01', 'OUT', 'CORPUS'],
    // So short a training may come apart.
    prints: /^gru at [\d.]+: \S+ nats per character\nplots: /m,
  },
  '07-your-own-cell.ts': { args: ['3', 'OUT/model'], prints: /^\d\.\d{3} nats per character\n[\s\S]+/ },
  '08-text-that-goes-on.ts': { args: ['0.02', 'CORPUS', 'We'], prints: /^held out: \d\.\d{3}.*\n\nWe[\s\S]+/m },
  '09-server-and-client.ts': { args: [], prints: /^serving at http:.+\nWe will.+\n/ },
  'lab/01-eos.ts': { args: [], prints: /^4 5 1 {2}= {2}"a" "b" EOS\n/ },
  'lab/02-padding.ts': {
    args: ['CORPUS'],
    prints: /^We go\.⏎·· +111111100\n[\s\S]+poolBatches 64: \d+\.\d % padding$/m,
  },
  'lab/03-mask.ts': { args: [], prints: /^by hand: {2}(\d\.\d{5}) nats per token, over 58 tokens\nevaluate: \1\n$/ },
  'lab/04-embeddings.ts': { args: ['OUT/letters.svg'], prints: /^predicted by\n {2}a → (\w \d\.\d\d {0,2}){4}$/m },
  'lab/05-cells.ts': {
    args: ['2', 'CORPUS'],
    prints: /^rnn \d+: .+\n[\s\S]+^lstm 128: .+\n[\s\S]+^gru \d+: \d\.\d{3} nats/m,
  },
  'lab/06-tensorboard.ts': {
    args: ['2', 'OUT', 'CORPUS'],
    prints: /^step 0: loss \d\.\d{3}, \d+\.\d % of the forget gates/,
  },
  'lab/07-clipping.ts': {
    args: ['2', 'CORPUS'],
    prints: /^clipNorm undefined: 2 steps, 0 clipped, .+\nclipNorm 1: 2 steps, \d clipped/m,
  },
  'lab/08-memory.ts': { args: ['2', 'CORPUS'], prints: /^rnn( +\d\.\de-?\d+){5}\nlstm( +\d\.\de-?\d+){5}\ngru/m },
  'lab/09-decoders.ts': { args: [], prints: /^beams: 16 +-\d+\.\d nats {2}We will.+$/m },
  'lab/10-pieces.ts': { args: ['CORPUS', '150'], prints: /^150 pieces +150 ids, \d+\.\d tokens a sentence: /m },
  'lab/solution-01.ts': { args: [], prints: /^p\(EOS\) within a sentence/m },
  'lab/solution-02.ts': { args: ['CORPUS'], prints: /^in the order of the text: \d+\.\d % padding/m },
  'lab/solution-03.ts': { args: [], prints: /^padding counted: \d\.\d{3}/m },
  'lab/solution-04.ts': { args: ['2', 'CORPUS'], prints: /^a → (\w -?\d\.\d\d {0,2}){4}$/m },
  'lab/solution-06.ts': { args: ['2', 'CORPUS'], prints: /^closed most often: (".+" \d+\.\d % *){5}$/m },
  'lab/solution-08.ts': { args: ['2', '3'], prints: /^rnn: \d\.\d{3} nats[\s\S]+^lstm: \d\.\d{3} nats/m },
  'lab/solution-09.ts': { args: [], prints: /^lengthPenalty 1: We will/m },
  'lab/solution-10.ts': {
    args: ['2', 'CORPUS', '150'],
    prints: /^150 pieces +\d\.\d{3} nats per token, \d\.\d{3} bits per character$/m,
  },
};

test('every example is here', (t) => {
  const files = readdirSync(fileAt('examples/'), { recursive: true, encoding: 'utf8' }).map((path) =>
    path.replaceAll('\\', '/'),
  );
  t.deepEqual(Object.keys(RUNS), files.filter((path) => path.endsWith('.ts')).sort());
});

// One by one: each is a process with threads of its own.
for (const [path, { args, prints }] of Object.entries(RUNS))
  test.serial(`examples/${path} runs as a user runs it`, async (t) => {
    const out = await temporaryDirectory(t);
    const corpus = join(out, 'corpus.txt');
    await writeFile(corpus, sentences.slice(0, 600).join(' '));
    const given = args.map((arg) => arg.replace(/^CORPUS$/, corpus).replace(/^OUT/, out));
    const { code, stdout, stderr } = await runNode(exampleAt(path, ...given));
    t.is(code, 0, stderr);
    t.regex(stdout, prints);
  });
