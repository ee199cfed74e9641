import type { NativeCell } from './NativeCell.js';
import { nativeGru, nativeGruResetAfter } from './nativeGru.js';
import { nativeLstm } from './nativeLstm.js';
import { nativeRnn } from './nativeRnn.js';
import type { CellKind } from './SequenceKernel.js';

/** The cells as equations in graphs. */
export const NATIVE_CELLS: Readonly<Record<CellKind, NativeCell>> = {
  rnn: nativeRnn,
  lstm: nativeLstm,
  gru: nativeGru,
  gruResetAfter: nativeGruResetAfter,
};
