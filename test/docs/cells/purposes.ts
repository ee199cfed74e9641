import type { CellName } from '../../../src/index.js';

/** What each cell of the library is for, in a sentence or two. */
export const PURPOSES: Readonly<Record<CellName, string>> = {
  coupledLstm:
    'An LSTM with a quarter less to learn and to compute: what it forgets makes room for as much that is new. Greff et al. found it as good.',
  gru: 'The default of `npm run train`: two gates, and no memory beside its output.',
  gruResetAfter: 'The GRU of cuDNN and of PyTorch: for weights that go to `nn.GRU`, or come from there.',
  indRnn:
    'Each unit remembers at a pace of its own and sees no other: only input and layers mix them. For long sequences and several layers.',
  layerNormLstm:
    'What goes into the gates keeps its scale, whatever the weights do: for high learning rates and trainings that are not stable. Each token costs more.',
  lstm: 'The usual choice, and what others are compared with: a memory that gates protect.',
  mgu: 'A GRU with one gate instead of two, and a third less to learn.',
  minGru:
    'Gate and candidate see the input alone, so no product with a matrix is left in the loop over time. The cheapest cell with a gate; its paper stacks several layers.',
  minLstm: 'As `minGru`, with a forget gate and an input gate that share out what there is.',
  multiplicativeIntegrationLstm:
    'What the state does to a gate depends on the input, and the other way round: only three rows more to learn than an LSTM.',
  peepholeLstm: 'Gates that see the memory itself, also while it is not let out: for counting, and for timing.',
  rnn: 'The simplest there is, to see what gates are good for: what it learns hardly reaches 20 tokens back ([comparison.md](comparison.md)).',
  slstm:
    'An exponential input gate can outweigh all that was stored before: a memory that can be revised. Beside the memory it has a normalizer and a stabilizer.',
  sru: 'No product in the loop over time, and a way around the cell for the input: made for stacks of layers.',
  ugrnn: 'A simple RNN with one gate that keeps the state: between `rnn` and `gru` in cost.',
};
