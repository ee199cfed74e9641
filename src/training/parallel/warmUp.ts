import type { LanguageModel } from '../../model/LanguageModel.js';
import { tf } from '../../tf.js';
import { lossAndGradients } from '../lossAndGradients.js';

/** A length that is made in more than one run of a graph. */
const LENGTH = 17;

/**
 * Computes loss and gradients once, before other threads do.
 *
 * tfjs-node's addon keeps every name of an attribute that it is given in one set for the whole process, with no lock. A thread
 * that adds a name while another looks one up ended one training in ten with a segmentation fault; looking up alone is safe. From
 * here on, all names that gradients need are known.
 */
export function warmUp(model: LanguageModel): void {
  const batch = {
    ids: new Int32Array(LENGTH).fill(model.tokenizer.eosId),
    mask: new Float32Array(LENGTH).fill(1),
    lengths: Int32Array.of(LENGTH),
    ...{ size: 1, length: LENGTH, tokens: LENGTH },
  };
  tf.tidy(() => void lossAndGradients(model, batch, LENGTH, { epoch: 0, index: 0 }));
}
