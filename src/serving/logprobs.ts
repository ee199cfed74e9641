import type { Entry } from './Choice.js';
import type { Job } from './Job.js';

/** Log-probabilities in OpenAI's older form: four arrays, a place for each token. */
export interface Logprobs {
  readonly tokens: readonly string[];
  readonly token_logprobs: readonly (number | null)[];
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
  /** Where each token's text begins in the text of the choice, in characters. */
  readonly text_offset: readonly number[];
}

/** What JSON says of a token that cannot come: it has no infinity, and clients add these up. */
const IMPOSSIBLE = -9999;

/** The log-probabilities of some tokens, of which the first stands at `offset`, in characters. */
export function logprobsOf(entries: readonly Entry[], nameOf: (id: number) => string, offset: number): Logprobs {
  let at = offset;
  return {
    tokens: entries.map(({ id }) => nameOf(id)),
    token_logprobs: entries.map(({ logProbability }) => logProbability && finite(logProbability)),
    top_logprobs: entries.map((entry) => topOf(entry, nameOf)),
    text_offset: entries.map(({ text }) => {
      const start = at;
      at += characters(text);
      return start;
    }),
  };
}

function finite(logProbability: number): number {
  return Math.max(IMPOSSIBLE, logProbability);
}

/** How many characters, not halves of one, a text has: as Python counts. */
export function characters(text: string): number {
  return [...text].length;
}

/** The most probable tokens by name, and the one that came, which may be none of them. */
function topOf({ id, logProbability, top }: Entry, nameOf: (id: number) => string): Record<string, number> | null {
  if (logProbability === null) return null;
  const all = top.some(([one]) => one === id) ? top : [...top, [id, logProbability] as const];
  const named = new Map<string, number>();
  for (const [one, value] of all) {
    const name = nameOf(one);
    // Two pieces may have the same text.
    named.set(named.has(name) ? `token_id:${one}` : name, finite(value));
  }
  return Object.fromEntries(named);
}

/** The tokens of a job's prompt, which have these texts; nothing came before the first, so nothing was said of it. */
export function promptEntries({ prompt, distributions }: Job, texts: readonly string[]): Entry[] {
  const { given, read } = prompt;
  const said = distributions?.alongPrompt ?? [];
  // Where the client gave EOS, it is the first, and what was said behind it is of the second.
  const before = given.length - read.length;
  return given.map((id, place) => {
    const distribution = place === 0 ? undefined : said[place - before];
    return {
      id,
      text: texts[place] ?? '',
      logProbability: distribution?.ofPrompt ?? null,
      top: distribution?.top ?? [],
    };
  });
}
