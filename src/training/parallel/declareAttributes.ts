import { nativeBackend } from '../../graph/run/tensorflow/nativeBinding.js';

/** Every attribute of TensorFlow's operations that computing gradients may name. */
const NAMES = [
  ...['N', 'T', 'Index', 'DstT', 'SrcT', 'Truncate', 'dtype', 'out_type', 'output_type'],
  ...['TI', 'Taxis', 'Tdim', 'Tidx', 'Tindices', 'Tlabels', 'Tlen', 'Tmultiples', 'Tnumsegments', 'Tout'],
  ...['Tpaddings', 'Tparams', 'Tperm', 'Tsegmentids', 'Tshape'],
  ...['adj_x', 'adj_y', 'transpose_a', 'transpose_b', 'keep_dims', 'axis', 'batch_dims', 'validate_indices'],
  ...['num', 'num_split', 'out_idx', 'exclusive', 'reverse', 'alpha', 'epsilon', 'sorted', 'data_format'],
  ...['begin_mask', 'ellipsis_mask', 'end_mask', 'new_axis_mask', 'shrink_axis_mask'],
  ...['cell_clip', 'forget_bias', 'seq_len_max', 'use_peephole'],
];

/**
 * Makes tfjs-node's addon know the names of attributes before several threads use it.
 *
 * It keeps every name that it is given in one set for the whole process, with no lock. A thread that adds a name while
 * another looks one up ended one training in ten with a segmentation fault; looking up alone is safe.
 */
export function declareAttributes(): void {
  const binding = nativeBackend()?.binding;
  if (!binding) return;
  const attributes = NAMES.map((name) => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }));
  // An attribute of no known type ends the call before anything is computed, but after the names before it were read.
  const end = { name: 'T', type: -1, value: 0 };
  try {
    binding.executeOp('Identity', [...attributes, end], [], 1);
  } catch {}
}
