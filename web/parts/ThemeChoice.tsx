import { settings } from '../state/settings.js';
import { Choice } from './Choice.js';

/** Light or dark. */
export function ThemeChoice() {
  return (
    <Choice
      id="theme"
      label="Colours"
      value={settings.theme.signal.value}
      choices={[
        ['auto', 'as the system'],
        ['light', 'light'],
        ['dark', 'dark'],
      ]}
      onChange={(theme) => {
        settings.theme.signal.value = theme;
      }}
    />
  );
}
