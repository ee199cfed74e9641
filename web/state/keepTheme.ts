import { effect } from '@preact/signals';
import { settings } from './settings.js';

/** Keeps the page light or dark as it is set; where nothing is, as the system is. */
export function keepTheme(): void {
  effect(() => {
    document.documentElement.dataset['theme'] = settings.theme.signal.value;
  });
}
