import { BOUNDS, settings } from '../state/settings.js';
import { NumberField } from './NumberField.js';

/** Sets how tokens are drawn. */
export function SamplingFields() {
  const { temperature, topK, topP, minP } = settings;
  return (
    <fieldset class="fields">
      <legend>How a character is drawn</legend>
      <NumberField
        id="temperature"
        label="Temperature"
        step={0.05}
        value={temperature.signal.value}
        bounds={BOUNDS.temperature}
        onChange={(value) => {
          if (value !== undefined) temperature.signal.value = value;
        }}
      />
      <NumberField
        id="top-k"
        label="Top-k"
        isOptional
        placeholder="all"
        value={topK.signal.value}
        bounds={BOUNDS.topK}
        onChange={(value) => {
          topK.signal.value = value;
        }}
      />
      <NumberField
        id="top-p"
        label="Top-p"
        isOptional
        placeholder="all"
        step={0.05}
        value={topP.signal.value}
        bounds={BOUNDS.share}
        onChange={(value) => {
          topP.signal.value = value;
        }}
      />
      <NumberField
        id="min-p"
        label="Min-p"
        isOptional
        placeholder="all"
        step={0.01}
        value={minP.signal.value}
        bounds={BOUNDS.share}
        onChange={(value) => {
          minP.signal.value = value;
        }}
      />
    </fieldset>
  );
}
