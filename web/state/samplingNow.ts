import type { Sampling } from '../compute/types.js';
import { settings } from './settings.js';

/** How tokens are drawn, as it is set. */
export function samplingNow(): Sampling {
  const { temperature, topK, topP, minP } = settings;
  return {
    temperature: temperature.signal.value,
    topK: topK.signal.value,
    topP: topP.signal.value,
    minP: minP.signal.value,
  };
}
