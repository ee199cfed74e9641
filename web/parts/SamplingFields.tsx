import { BOUNDS, settings } from '../state/settings.js';
import { SettingField } from './SettingField.js';

/** Sets how tokens are drawn. */
export function SamplingFields() {
  const { temperature, topK, topP, minP } = settings;
  return (
    <fieldset class="fields">
      <legend>How a character is drawn</legend>
      <SettingField
        id="temperature"
        label="Temperature"
        step={0.05}
        setting={temperature}
        bounds={BOUNDS.temperature}
      />
      <SettingField id="top-k" label="Top-k" placeholder="all" setting={topK} bounds={BOUNDS.topK} />
      <SettingField id="top-p" label="Top-p" placeholder="all" step={0.05} setting={topP} bounds={BOUNDS.share} />
      <SettingField id="min-p" label="Min-p" placeholder="all" step={0.01} setting={minP} bounds={BOUNDS.share} />
    </fieldset>
  );
}
