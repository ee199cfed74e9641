import { parseArgs } from 'node:util';
import { peerLines, peersAreThere } from './peers/python.js';
import { babblebrook } from './shakespeare/babblebrook.js';
import type { Outcome } from './shakespeare/Outcome.js';
import { printTable } from './table.js';

// How well characters of tiny Shakespeare are predicted after so many minutes of training: nats per character of the whole last
// tenth, of which nothing was learned. State or context is carried as each model can.
const { values: flags } = parseArgs({
  options: {
    corpus: { type: 'string', default: 'corpus/tinyshakespeare.txt' },
    /** Of training; each is a training of its own where rates fall along the time. */
    minutes: { type: 'string', default: '2,5,10' },
    /** Only rows whose name holds this. */
    only: { type: 'string', default: '' },
    /** Characters that the GPT predicts in a window when it is measured; 1 gives each the longest context, and takes minutes. */
    stride: { type: 'string', default: '1' },
    /** More flags of our `train`, in one word: `--train='--hidden 256'`. */
    train: { type: 'string', default: '' },
  },
});

type Training = (minutes: readonly number[]) => AsyncIterable<Outcome>;

/** One training, measured after each of these times. */
const peer =
  (script: string, ...recipe: string[]): Training =>
  (minutes) =>
    peerLines<Outcome>(script, flags.corpus, minutes.join(), '2', ...recipe);

/** A training for each of these times. */
const anew = (train: Training): Training =>
  async function* (minutes) {
    for (const one of minutes) yield* train([one]);
  };

const ours = (...more: string[]): Training =>
  anew(([one = 0]) => babblebrook(flags.corpus, one, [...flags.train.split(/\s+/).filter(Boolean), ...more]));

const rows: Readonly<Record<string, Training>> = {
  babblebrook: ours(),
  // As all peers have them.
  'the same, --tokenizer characters': ours('--tokenizer', 'characters'),
  ...(peersAreThere(['torch']) && {
    'GPT, published recipe: 2,000 steps': peer('shakespeare_gpt.py', 'published', flags.stride),
    'GPT, as many steps as there is time for': anew(peer('shakespeare_gpt.py', 'time', flags.stride)),
    'LSTM 2 × 128, recipe of char-rnn': peer('shakespeare_lstm.py', '128'),
    'LSTM 2 × 512, recipe of char-rnn': peer('shakespeare_lstm.py', '512'),
  }),
};
const minutes = flags.minutes.split(',').map(Number);
const table: string[][] = [];
for (const [name, train] of Object.entries(rows)) {
  if (!name.includes(flags.only)) continue;
  const outcomes: Outcome[] = [];
  for await (const outcome of train(minutes)) {
    console.error(name, JSON.stringify({ minutes: minutes[outcomes.length], ...outcome }));
    outcomes.push(outcome);
  }
  table.push([
    name,
    (outcomes[0]?.parameters ?? 0).toLocaleString('en'),
    ...outcomes.map(({ natsPerCharacter, steps }) => `${natsPerCharacter.toFixed(3)} (${steps.toLocaleString('en')})`),
  ]);
}
printTable(['nats per character (steps)', 'parameters', ...minutes.map((one) => `${one} min`)], table);
