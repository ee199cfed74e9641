// What comes with the library, by name. Nothing is loaded for it: a command line says them in its help before anything else is.

/** The names of the cells that come with the library. */
export const CELL_NAMES = [
  'coupledLstm',
  'gru',
  'gruResetAfter',
  'indRnn',
  'layerNormLstm',
  'lstm',
  'mgu',
  'minGru',
  'minLstm',
  'multiplicativeIntegrationLstm',
  'peepholeLstm',
  'rnn',
  'slstm',
  'sru',
  'ugrnn',
] as const;

/** What a cell is called with a way around it: `gru` is `residualGru`. */
export function residualName(cell: string): string {
  return `residual${cell.charAt(0).toUpperCase()}${cell.slice(1)}`;
}

/** What a block of a cell is called: `minGru` is in a `minGruBlock`. */
export function blockName(cell: string): string {
  return `${cell}Block`;
}

/** The names of the optimizers that come with the library. */
export const OPTIMIZER_NAMES = ['adam', 'adamW', 'rmsProp', 'sgd'] as const;

/** The names of the backends, the fastest first. */
export const BACKEND_NAMES = ['tensorflow', 'wasm', 'cpu'] as const;

/** The types of numbers that products which make gradients of weights may be computed in. */
export const GRADIENT_PRECISIONS = ['float32', 'bfloat16'] as const;

/** The types of numbers that a saved model's weights may have. */
export const PRECISION_NAMES = ['float32', 'float16'] as const;
