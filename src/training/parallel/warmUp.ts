import type { LanguageModel } from '../../model/LanguageModel.js';
import { tf } from '../../tf.js';
import type { Learned } from '../Learned.js';
import { lossAndGradients } from '../lossAndGradients.js';
import { lossAndState } from '../lossAndState.js';

/** A length that is made in more than one run of a graph. */
const LENGTH = 17;

/**
 * Computes loss and gradients once, and the loss alone, before other threads do.
 *
 * tfjs-node's addon keeps every name of an attribute that it is given in one set for the whole process, with no lock. A thread
 * that adds a name while another looks one up ended one training in ten with a segmentation fault; looking up alone is safe. From
 * here on, all names that workers need are known.
 */
export function warmUp(model: LanguageModel, learned?: Learned | undefined): void {
  const batch = {
    ids: new Int32Array(LENGTH).fill(model.tokenizer.eosId),
    mask: new Float32Array(LENGTH).fill(1),
    lengths: Int32Array.of(LENGTH),
    ...{ size: 1, length: LENGTH, tokens: LENGTH },
  };
  tf.tidy(() => void lossAndGradients(model, batch, LENGTH, { epoch: 0, index: 0 }, undefined, learned));
  lossAndState(model, batch);
}
