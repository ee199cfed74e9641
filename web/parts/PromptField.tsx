import { settings } from '../state/settings.js';

/** What a text begins with. */
export function PromptField() {
  return (
    <div class="number wide">
      <label for="prompt">Begins with</label>
      <input
        id="prompt"
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={settings.prompt.signal.value}
        onInput={({ currentTarget }) => {
          settings.prompt.signal.value = currentTarget.value;
        }}
      />
    </div>
  );
}
