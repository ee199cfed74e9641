import { batch, effect } from '@preact/signals';
import { SETTINGS, settings } from './settings.js';

/** How long the address waits for more: browsers refuse to change it often. */
const PAUSE = 300;

/** The address of what is set now, behind `#`: nothing of it is sent to a server. */
export function hashOf(): string {
  const set = new URLSearchParams();
  for (const [name, { signal, fallback, write }] of SETTINGS)
    if (signal.value !== fallback) set.set(name, write(signal.value));
  return set.size === 0 ? '' : `#${set}`;
}

/** Sets all that an address says, and what it does not say to what holds then. What it says wrongly counts as not said. */
export function readHash(hash: string): void {
  const said = new URLSearchParams(hash.replace(/^#/, ''));
  batch(() => {
    for (const [name, { signal, fallback, read }] of SETTINGS) {
      const written = said.get(name);
      signal.value = (written === null ? undefined : read(written)) ?? fallback;
    }
  });
}

/** Keeps the address and what is set the same, from now on: a view is a place to come back to, all else changes the place. */
export function keepAddress(): void {
  readHash(location.hash);
  let shown = settings.view.signal.peek();
  let timer = 0;
  const put = (): void => {
    timer = 0;
    const hash = hashOf();
    const isElsewhere = settings.view.signal.peek() !== shown;
    shown = settings.view.signal.peek();
    if (hash === location.hash) return;
    const address = hash || location.pathname + location.search;
    if (isElsewhere) history.pushState(null, '', address);
    else history.replaceState(null, '', address);
  };
  effect(() => {
    // Reads every setting, so that each change is heard.
    hashOf();
    if (settings.view.signal.value !== shown) put();
    else if (timer === 0) timer = window.setTimeout(put, PAUSE);
  });
  addEventListener('popstate', () => {
    readHash(location.hash);
    shown = settings.view.signal.peek();
  });
  // Whoever copies or leaves has all of it.
  addEventListener('pagehide', put);
}
