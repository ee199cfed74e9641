import type { Tensor } from '@tensorflow/tfjs';
import test from 'ava';
import { lstm } from '../../../../src/cells/lstm.js';
import { useBackend } from '../../../../src/model/backend.js';
import type { Engine } from '../../../../src/model/network/Engine.js';
import type { Network, Sequences } from '../../../../src/model/network/Network.js';
import type { PastDecode } from '../../../../src/model/network/Objective.js';
import { gatesOfSequences, lossOfSequences } from '../../../../src/model/network/sequences.js';
import { TfjsEngine } from '../../../../src/model/network/TfjsEngine.js';
import { tf } from '../../../../src/tf.js';
import { ArraysEngine } from '../../../support/ArraysEngine.js';
import { BACKENDS, nativeEngine } from '../../../support/interpreters.js';
import { scoped } from '../../../support/memory.js';
import { networkOfCase, sequencesOfCase } from '../../../support/networks.js';
import { areSlopes } from '../../../support/slopes.js';
import '../../../support/ownProcess.js';

const VOCABULARY = 6;
const SMOOTHING = 0.25;

/** What makes gradients: TensorFlow's graphs, and plain tfjs. */
const ENGINES: Readonly<Record<string, () => Engine<never>>> = {
  ...(BACKENDS.includes('tensorflow') && { "TensorFlow's graphs": () => nativeEngine() as unknown as Engine<never> }),
  tfjs: () => new TfjsEngine() as unknown as Engine<never>,
};

for (const [name, engineOf] of Object.entries(ENGINES))
  for (const tieWeights of [false, true])
    test.serial(
      `${name}${tieWeights ? ', tied' : ''}: with smoothed labels, gradients are the slopes of −Σ q·log p, and the loss is −log p`,
      async (t) => {
        await useBackend(BACKENDS[0]);
        scoped(() => {
          const model = { cell: lstm, layers: 2, embeddingSize: 4, hiddenSize: 4, tieWeights, bias: true } as const;
          const one = { model, vocabulary: VOCABULARY, lengths: [5, 3, 4], dropout: 'everywhere' } as const;
          const sequences = sequencesOfCase(one);
          const network = networkOfCase({ ...one, objective: { labelSmoothing: SMOOTHING } });
          const lossWith = (of: Network, targets: Int32Array): number =>
            lossOfSequences(new ArraysEngine(), of, { ...sequences, targets }, false).loss;
          // −Σ q·log p, from −log p of the targets and of each id of the vocabulary in turn.
          const smoothed = (of: Network): number => {
            const ofEach = Array.from({ length: VOCABULARY }, (_, id) =>
              lossWith(of, new Int32Array(sequences.targets.length).fill(id)),
            );
            const all = ofEach.reduce((sum, loss) => sum + loss, 0);
            return (1 - SMOOTHING) * lossWith(of, sequences.targets) + (SMOOTHING / VOCABULARY) * all;
          };
          areSlopes(t, engineOf(), network, sequences, smoothed);
          const { loss } = lossOfSequences(engineOf(), network, sequences, true);
          t.true(Math.abs(loss - lossWith(network, sequences.targets)) < 1e-4);
        });
      },
    );

// ── The past, decoded ──

const WEIGHT = 0.6;

/** Rows of numbers. */
function rowsOf(tensor: Tensor, columns = tensor.shape.at(-1) ?? 1): number[][] {
  const numbers = [...tensor.dataSync()];
  return Array.from({ length: numbers.length / columns }, (_, row) =>
    numbers.slice(row * columns, (row + 1) * columns),
  );
}

function times(row: readonly number[], matrix: readonly (readonly number[])[]): number[] {
  const [first = []] = matrix;
  return first.map((_, column) => row.reduce((sum, value, at) => sum + value * (matrix[at]?.[column] ?? NaN), 0));
}

function plus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, at) => value + (b[at] ?? NaN));
}

function softmax(logits: readonly number[]): number[] {
  const all = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return logits.map((logit) => Math.exp(logit) / all);
}

/** Σ counts·(−log r(token)), by hand: r = softmax(tanh(p·E·W + b)·Eᵀ + c). */
function pastLoss(
  probabilities: readonly (readonly number[])[],
  { tokens, counts }: { tokens: ArrayLike<number>; counts: ArrayLike<number> },
  embedding: Tensor,
  { matrix, bias, tokenBias }: PastDecode,
): number {
  const [E, W, [b = []], [c = []]] = [rowsOf(embedding), rowsOf(matrix), rowsOf(bias), rowsOf(tokenBias)];
  return probabilities.reduce((sum, p, row) => {
    const hidden = plus(times(times(p, E), W), b).map(Math.tanh);
    const scores = E.map((ofToken) => ofToken.reduce((dot, value, at) => dot + value * (hidden[at] ?? NaN), 0));
    const r = softmax(plus(scores, c));
    return sum - (counts[row] ?? NaN) * Math.log(r[tokens[row] ?? NaN] ?? NaN);
  }, 0);
}

/** What a network predicts at each place, from its last outputs. */
function predictions(network: Network, sequences: Sequences): number[][] {
  const gates = gatesOfSequences(new ArraysEngine(), network, sequences);
  const outputs = rowsOf(gates.at(-1)?.['hidden'] ?? tf.zeros([0]));
  const mask = network.dropout?.outputs?.(network.layers.length - 1);
  const { projection, embedding, projectionBias } = network;
  const matrix = projection ? rowsOf(projection) : rowsOf(tf.transpose(embedding));
  const [bias = []] = rowsOf(projectionBias);
  return outputs.map((row, at) => {
    const dropped = row.map((value, column) => value * (mask?.[at * row.length + column] ?? 1));
    return softmax(plus(times(dropped, matrix), bias));
  });
}

for (const [name, engineOf] of Object.entries(ENGINES))
  for (const tieWeights of [false, true])
    test.serial(
      `${name}${tieWeights ? ', tied' : ''}: where the past is decoded, gradients are the slopes of −log p − λ·log r, and the loss is −log p`,
      async (t) => {
        await useBackend(BACKENDS[0]);
        scoped(() => {
          const model = { cell: lstm, layers: 2, embeddingSize: 4, hiddenSize: 4, tieWeights, bias: true } as const;
          const one = { model, vocabulary: VOCABULARY, lengths: [5, 3, 4], dropout: 'everywhere' } as const;
          const sequences = sequencesOfCase(one);
          const network = networkOfCase({ ...one, objective: { pastDecode: WEIGHT } });
          const plain = (of: Network): number => lossOfSequences(new ArraysEngine(), of, sequences, false).loss;
          const decoded = (of: Network): number => {
            const { inputs: tokens, mask: counts } = sequences;
            const past = of.objective?.pastDecode ?? t.fail();
            return plain(of) + WEIGHT * pastLoss(predictions(of, sequences), { tokens, counts }, of.embedding, past);
          };
          t.true(decoded(network) - plain(network) > 1);
          areSlopes(t, engineOf(), network, sequences, decoded);
          const { loss } = lossOfSequences(engineOf(), network, sequences, true);
          t.true(Math.abs(loss - plain(network)) < 1e-4);
        });
      },
    );
