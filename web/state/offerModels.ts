import { signal } from '@preact/signals';
import { listModels } from './listModels.js';
import { page } from './page.js';
import { settings } from './settings.js';

/** Whether it is known which models there are. */
export const isListed = signal(false);

/** Offers the models that come with the page, and the one whose URL the address has. */
export async function offerModels(): Promise<void> {
  for (const model of await listModels()) page.models.add(model);
  settings.model.signal.subscribe(offerUrl);
  isListed.value = true;
}

/** Offers a model by the URL of its directory, unless it is there. */
export function offerUrl(url: string): void {
  if (!isUrl(url) || page.models.listed.peek().some(({ name }) => name === url)) return;
  page.models.add({ name: url, title: url, source: url, isInLinks: true });
}

/** Whether it is the URL of a model, and no name. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}
