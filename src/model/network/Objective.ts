import type { Tensor } from '@tensorflow/tfjs';
import type { Named } from '../mapValues.js';
import type { GradientPrecision } from './gradientProduct.js';

/** What a model learns beside −log p, and how exactly: gradients are those of it, and the loss that is told stays −log p, so that figures can be compared. */
export interface Objective {
  /**
   * The share ε of each target that is spread evenly over the vocabulary: gradients are those of −Σ q·log p with q = (1 − ε)·one-hot + ε/V, V being
   * all ids, pad among them (Szegedy et al., “Rethinking the Inception architecture for computer vision”, 2016). From 0 on, less than 1. Default 0.
   */
  readonly labelSmoothing?: number | undefined;
  /**
   * Past decode regularization (Brahma, “Improved language modeling by decoding the past”, 2019): λ·(−log r) is added, r being the probability of the
   * token that was read last, as it is decoded of the predicted distribution p of the next one. The mean embedding p·E goes through a layer of tanh,
   * and what that gives is compared with each token's embedding: r = softmax(tanh(p·E·W + b)·Eᵀ + c). The paper's models tie the projection to
   * E; here it is the embedding in any case. W, b and c are learned with the model, and no part of it. Default: none.
   */
  readonly pastDecode?: PastDecode | undefined;
  /** What the products that make gradients of the layers' weights are computed in. Default `float32`. */
  readonly precision?: GradientPrecision | undefined;
}

/** Decodes the last token that was read of the distribution of the next. */
export interface PastDecode {
  /** λ, from 0 on. */
  readonly weight: number;
  /** W, `[embedding × embedding]`. */
  readonly matrix: Tensor;
  /** b, `[embedding]`. */
  readonly bias: Tensor;
  /** c, `[vocabulary]`. */
  readonly tokenBias: Tensor;
}

/** The tensors that an objective has of its own, in order, by name. */
export function ownTensors({ pastDecode }: Objective): Named<Tensor> {
  if (pastDecode === undefined) return {};
  const { matrix, bias, tokenBias } = pastDecode;
  return { matrix, bias, tokenBias };
}
