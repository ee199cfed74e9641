import type { NativeCell } from './NativeCell.js';
import type { Id } from './NativeOperations.js';

/**
 * i, f, o = σ(…), g = tanh(…), C_t = f ⊗ C_{t−1} + i ⊗ g, h_t = o ⊗ tanh(C_t).
 *
 * Forward in one call of `BlockLSTM`. Its own gradient is slow; `LSTMBlockCellGrad` does the elementwise work of a time step in
 * one call, and leaves the products to us. Both want blocks in the order i, g, f, o.
 */
export const nativeLstm: NativeCell = {
  parts: [[1, 3, 0, 2]],
  run(native, { input, inputWeights, bias: [givenBias], recurrentWeights, initial, batch, time, hiddenSize, keep }) {
    const [hidden, memory] = initial as [Id, Id];
    const recurrent = recurrentWeights[0] as Id;
    const bias = givenBias ?? native.zeros([4 * hiddenSize]);
    const peephole = native.zeros([hiddenSize]);
    const peepholes = [peephole, peephole, peephole];
    const weights = native.joinRows([inputWeights[0] as Id, recurrent]);
    const x = native.reshape(input.rows(), [time, batch, -1]);
    const sequence = native.blockLstm(time, [x, memory, hidden, weights, ...peepholes, bias]);
    native.free(weights, x);
    const [i, c, f, o, g, tangent, outputs] = sequence.map((values) => {
      const rows = native.reshape(values, [time * batch, hiddenSize]);
      native.free(values);
      return rows;
    }) as [Id, Id, Id, Id, Id, Id, Id];
    if (!keep) native.free(i, c, f, o, g, tangent);

    // For the way back.
    let byTime: Id[][] | undefined;
    let transposed: Id | undefined;
    const zeros = native.zeros([batch, hiddenSize]);
    const noInput = native.zeros([batch, 0]);
    return {
      outputs,
      gates: () => ({ forget: f, input: i, output: o, candidate: g, memory: c }),
      backward(at, [hiddenGradient, memoryGradient = zeros], { previous }) {
        transposed ??= native.transpose(recurrent);
        byTime ??= [i, c, f, o, g, tangent].map((values) => native.splitRows(values, time));
        const ofStep = byTime.map((values) => values[at] as Id);
        const memoryBefore = byTime[1]?.[at - 1] ?? memory;
        const [fromMemory, sums, ...ofPeepholes] = native.lstmCellGradient([
          ...[noInput, memoryBefore, previous, recurrent, ...peepholes, bias],
          ...[...ofStep, memoryGradient, hiddenGradient as Id],
        ]) as [Id, Id, Id, Id, Id];
        native.free(...ofPeepholes, hiddenGradient as Id);
        if (memoryGradient !== zeros) native.free(memoryGradient);
        return { sums: [sums], state: [native.product(sums, transposed), fromMemory] };
      },
    };
  },
};
