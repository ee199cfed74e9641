import { type HandMade, handMadeFiles } from './handMadeModel.js';
import type { Row } from './tablePredictor.js';

/** What stands for probability 0. */
const IMPOSSIBLE = -40;

/**
 * A saved model that says of the next token what a table says of the last one, `EOS` being the row that begins a text: an RNN whose unit k is
 * on (1) when it has read token k, and else off (0). Units are ids: pad, EOS, unknown, then the characters in their order.
 */
export function markovFiles(chain: Readonly<Record<string, Row>>): Record<string, Uint8Array> {
  return handMadeFiles(markovModel(chain));
}

/** How that model is made. */
export function markovModel(chain: Readonly<Record<string, Row>>): HandMade {
  const characters = Object.keys(chain)
    .filter((name) => name !== 'EOS')
    .sort()
    .join('');
  const names = ['pad', 'EOS', 'unknown', ...characters];
  const size = names.length;
  const places = names.flatMap((row) => names.map((column) => [row, column] as const));
  return {
    ...{ cell: 'rnn', characters, embeddingSize: size, hiddenSize: size },
    weights: {
      // So large that tanh of it is 1.
      embedding: places.map(([row, column]) => (row === column ? 20 : 0)),
      'layers.0.inputWeights': places.map(([row, column]) => Number(row === column)),
      projection: places.map(([row, column]) => {
        const probability = chain[row]?.[column] ?? 0;
        return probability > 0 ? Math.log(probability) : IMPOSSIBLE;
      }),
    },
  };
}
