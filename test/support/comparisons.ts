import type { Comparison, ComparisonRun, FlowSnapshot, Trial } from '../../src/lab/comparison/Comparison.js';

/** Texts that a careless report would take for markup. */
export const NASTY_TEXTS = [
  '<script>document.title = "gone"</script> & <img src=x onerror=alert(1)>',
  '| a | b |\n|---|\n# no heading `code` *star* _under_ [link](http://example.org) ![i](x)',
  'bell \u0007, null \0, lone \ud800, right to left \u05e9\u05dc\u05d5\u05dd, \u{1f600} and a-word-that-is-as-long-as-a-line-and-then-some-'.repeat(
    2,
  ),
];

/** A comparison of three cells with two seeds each: round numbers, in the shape of real ones. */
export function comparisonFixture(): Comparison {
  return {
    format: 'babblebrook comparison 2',
    settings: {
      match: 'parameters',
      budget: { minutes: 1.5 },
      embeddingSize: 8,
      layers: 1,
      dropout: 0,
      maxTokens: 1000,
      optimizer: 'adam',
      learningRate: [0.0025, 0.005, 0.01],
      longer: { times: 2, cells: ['best'] },
      clipNorm: 1,
      workers: 2,
      seed: 1,
      seeds: 2,
      validations: 4,
      prompt: 'We <will> ',
      backend: 'tensorflow',
    },
    text: { vocabularySize: 40, train: { sentences: 1000, tokens: 50_000 }, valid: { sentences: 50, tokens: 2500 } },
    cells: CELLS.map((cell) => ({
      cell,
      equation: `h_t = ${cell}(x_t)\ny_t = <b>\`\`\`</b>`,
      forgetBias: cell === 'lstm',
      hiddenSize: { rnn: 20, lstm: 10, gru: 12 }[cell],
      parameters: { rnn: 1010, lstm: 1000, gru: 990 }[cell],
      tokensPerSecond: { rnn: [1900, 2000, 2010], lstm: [1000, 990, 1010], gru: [1250, 1240, 1260] }[cell],
    })),
    trials: [
      ...CELLS.flatMap((cell) =>
        SEARCH.map(([round, rate, loss]) => trial('search', cell, rate, loss + OF_CELL[cell], { round })),
      ),
      // Of the LSTM, whose rate is 0.005, after the second round: 1.6.
      trial('forget bias', 'lstm', 0.005, 1.1, { forgetBias: 1 }),
      longerTrial('lstm'),
    ],
    runs: [1, 2].flatMap((seed) => [
      run('rnn', seed, { speed: 2000, end: 1.8 }),
      run('lstm', seed, { speed: 1000, end: 1.4 }),
      run('gru', seed, { speed: 1250, end: 1.5 }),
    ]),
  };
}

const CELLS = ['rnn', 'lstm', 'gru'] as const;

/** Rounds, rates and losses of a search, to which that of the cell is added; 0.01 is too high. */
const SEARCH = [
  [0, 0.0025, 1.8],
  [0, 0.005, 1.6],
  [0, 0.01, 1.7],
  [1, 0.005, 1.4],
  [1, 0.01, 1.5],
] as const;
const OF_CELL = { rnn: 0.4, lstm: 0.2, gru: 0.1 };

function trial(
  purpose: Trial['purpose'],
  cell: Compared,
  learningRate: number,
  natsPerToken: number,
  { round, forgetBias = 0 }: { round?: number; forgetBias?: number },
): Trial {
  const steps = round === 0 ? 22 : 45;
  const point = { seconds: steps, tokens: steps * 1000, natsPerToken, bitsPerCharacter: natsPerToken / Math.LN2 };
  const common = { purpose, cell, seed: 1001, learningRate, forgetBias, steps, validation: [point] };
  return round === undefined ? common : { ...common, round };
}

/** Twice as long: its loss falls to 1.2 after 120 of 180 seconds, and is 1.3 at the end. */
function longerTrial(cell: Compared): Trial {
  const losses = [2, 1.2, 1.3];
  return {
    ...{ purpose: 'longer', cell, seed: 1, learningRate: 0.005, forgetBias: 0, steps: 180 },
    validation: losses.map((natsPerToken, index) => ({
      seconds: 60 * (index + 1),
      tokens: 60_000 * (index + 1),
      natsPerToken,
      bitsPerCharacter: natsPerToken / Math.LN2,
    })),
  };
}

const STEPS = 90;

/** A run of 90 steps, one a second; its loss falls from 4 in a straight line, its validation loss is measured ten times. */
type Compared = 'rnn' | 'lstm' | 'gru';

function run(cell: Compared, seed: number, { speed, end }: { speed: number; end: number }): ComparisonRun {
  const last = end + 0.1 * (seed - 1);
  const loss = (step: number): number => 4 - ((4 - last) * (step + 1)) / STEPS;
  const steps = Array.from({ length: STEPS }, (_, step) => step);
  const everyNinth = steps.filter((step) => step % 9 === 8);
  return {
    cell,
    seed,
    learningRate: 0.005,
    steps: {
      seconds: steps.map((step) => step + 1),
      tokens: steps.map(() => speed),
      length: steps.map((step) => 10 + (step % 5)),
      loss: steps.map(loss),
      // Of the 90 norms 9 are above 1: the first nine.
      gradientNorm: steps.map((step) => (step < 9 ? 3 : 0.5)),
    },
    validation: everyNinth.map((step) => ({
      seconds: step + 1,
      tokens: (step + 1) * speed,
      natsPerToken: loss(step),
      bitsPerCharacter: loss(step) / Math.LN2,
    })),
    gates: everyNinth.map((step) => ({
      tokens: step * speed,
      gates: GATES[cell].map((gate) => histogram(gate, step)),
    })),
    gradientFlow: [
      flow(cell, 'before training', 0.5),
      flow(cell, 'after training', { rnn: 0.6, lstm: 0.97, gru: 0.9 }[cell]),
    ],
    samples: ['greedy', 'sample', 'beam'].map((decoder, index) => ({ decoder, text: NASTY_TEXTS[index] ?? '' })),
  };
}

const GATES = {
  rnn: ['hidden'],
  lstm: ['forget', 'input', 'output', 'candidate', 'memory', 'hidden'],
  gru: ['update', 'reset', 'candidate', 'hidden'],
  gruResetAfter: ['update', 'reset', 'candidate', 'hidden'],
};

function histogram(gate: string, step: number) {
  const range = { memory: [-10, 10], candidate: [-1, 1], hidden: [-1, 1] }[gate] ?? [0, 1];
  const counts = Array.from({ length: 40 }, (_, bin) => 5 + Math.round((bin * step) / 10));
  return { layer: 0, gate, range: range as [number, number], counts };
}

function flow(cell: ComparisonRun['cell'], when: FlowSnapshot['when'], factor: number): FlowSnapshot {
  const powers = (base: number, start = 1): number[] => Array.from({ length: 41 }, (_, k) => start * base ** k);
  const estimated = (of: string, values: number[]) => ({ of, values, errors: values.map((value) => value / 20) });
  const exact = (of: string, values: number[]) => ({ of, values, errors: [] });
  const blocks = ['hidden→hidden', 'memory→hidden', 'hidden→memory', 'memory→memory'];
  return {
    when,
    curves: [
      estimated('state', powers(factor, 3)),
      estimated('loss', powers(factor, 0.1)),
      ...(cell === 'lstm' ? blocks.map((of, index) => estimated(of, powers(factor - 0.1 * index, 2))) : []),
      ...(cell === 'rnn' ? [exact('powers', powers(1.6)), exact('eigenvalues', powers(1.5))] : []),
    ],
  };
}
