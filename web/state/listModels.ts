import type { GivenFile } from '../compute/types.js';
import type { ListedModel } from './models.js';

/** A list of models as `models.json` beside the page has it. */
interface Listing {
  readonly models: readonly {
    readonly name: string;
    readonly title?: string;
    readonly url: string;
    readonly passages?: string;
  }[];
}

/** Models that the page holds itself: their files, in Base64. */
interface Held {
  readonly models: readonly {
    readonly name: string;
    readonly title?: string;
    readonly files: Readonly<Record<string, string>>;
    readonly passages?: string;
  }[];
}

/** Whoever lists a model knows that it has no held-out text: nobody looks for it. */
const NONE = { text: '' };

/** Which models come with the page: those that it holds, or those of `models.json` beside it. */
export async function listModels(): Promise<readonly ListedModel[]> {
  const held = document.getElementById('models')?.textContent;
  if (held) return (JSON.parse(held) as Held).models.map(ofHeld);
  const response = await fetch('models.json').catch(() => undefined);
  if (!response?.ok) return [];
  return ((await response.json()) as Listing).models.map(({ name, title = name, url, passages }) => ({
    ...{ name, title, isInLinks: true },
    source: new URL(url, document.baseURI).href,
    passages: passages === undefined ? NONE : { url: new URL(passages, document.baseURI).href },
  }));
}

/** Whether the page is one file, which asks nobody for anything. */
export function isOneFile(): boolean {
  return document.getElementById('models') !== null;
}

function ofHeld({ name, title = name, files, passages }: Held['models'][number]): ListedModel {
  const source: GivenFile[] = Object.entries(files).map(([file, base64]) => ({ name: file, bytes: bytesOf(base64) }));
  return { name, title, source, passages: passages === undefined ? NONE : { text: passages }, isInLinks: true };
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
