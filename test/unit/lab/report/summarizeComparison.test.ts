import test from 'ava';
import { summarizeComparison } from '../../../../src/lab/report/summarizeComparison.js';
import { comparisonFixture } from '../../../support/comparisons.js';

const summary = summarizeComparison(comparisonFixture());
const near = (actual: number | undefined, expected: number): boolean => Math.abs((actual ?? NaN) - expected) < 1e-9;

test('equal time and equal tokens are what every run reached', (t) => {
  t.is(summary.seconds, 90);
  // The LSTM, the slowest, saw 90 × 1,000 tokens.
  t.is(summary.tokens, 90_000);
});

test('cells come in the order in which they ran, with their sizes', (t) => {
  t.deepEqual(
    summary.cells.map(({ cell, hiddenSize, parameters }) => [cell, hiddenSize, parameters]),
    [
      ['rnn', 20, 1010],
      ['lstm', 10, 1000],
      ['gru', 12, 990],
    ],
  );
});

test('the loss at equal time is the mean over the seeds at the end of these runs, with its deviation', (t) => {
  // The LSTM ends at 1.4 and at 1.5.
  const { lossAtEqualTime } = summary.cells[1] ?? {};
  t.true(near(lossAtEqualTime?.mean, 1.45));
  t.true(near(lossAtEqualTime?.deviation, 0.1 / Math.SQRT2));
});

test('how far a cell is behind the best is told seed by seed', (t) => {
  const [rnn, lstm] = summary.cells;
  t.is(lstm?.behindBest, undefined);
  // 1.8 − 1.4 and 1.9 − 1.5: the seeds differ by a tenth, the differences do not.
  t.true(near(rnn?.behindBest?.mean, 0.4));
  t.true(near(rnn?.behindBest?.deviation, 0));
});

test('the loss at equal tokens is read off the line of a faster cell before its end', (t) => {
  // The RNN has seen 90,000 tokens after 45 of 90 seconds, half-way from 4 to 1.8, and to 1.9.
  const { lossAtEqualTokens } = summary.cells[0] ?? {};
  t.true(near(lossAtEqualTokens?.mean, (2.9 + 2.95) / 2));
});

test('tokens per second, bits per character, and the share of clipped steps', (t) => {
  const [rnn] = summary.cells;
  t.is(rnn?.tokensPerSecond, 2000);
  t.true(near(rnn?.bitsPerCharacter.mean, 1.85 / Math.LN2));
  t.deepEqual(rnn?.clippedShare, { mean: 0.1, deviation: 0, margin: 0, count: 2 });
});
