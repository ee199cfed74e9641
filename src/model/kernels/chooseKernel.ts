import { nativeBackend } from './nativeBinding.js';
import { nativeKernel } from './nativeKernel.js';
import { referenceKernel } from './referenceKernel.js';
import type { SequenceKernel } from './SequenceKernel.js';

/** The fastest kernel for the backend in use. */
export function chooseKernel(): SequenceKernel {
  const backend = nativeBackend();
  return backend ? nativeKernel(backend) : referenceKernel;
}
