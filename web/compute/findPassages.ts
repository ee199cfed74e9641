import { ComputeFailure } from './ComputeFailure.js';
import type { OpenModel } from './OpenModel.js';
import { Paced } from './Paced.js';
import type { Turns } from './Turns.js';
import { textTokens } from './textTokens.js';
import type { Passage, PassagesRequest, PassagesResult } from './types.js';

/** How many characters are shown before and behind a passage. */
const AROUND = 40;

/** Where units are on together in the held-out text, and how far that is read. */
export async function findPassages(
  { model, gates, passages: text, facts }: OpenModel,
  { units, length = 1, count = 12, ...rule }: PassagesRequest,
  turns: Turns,
  onPart: ((part: PassagesResult) => void) | undefined,
): Promise<PassagesResult> {
  const width = facts.layers[rule.layer]?.find(({ name }) => name === rule.gate)?.width ?? 0;
  if (units.length === 0 || !units.every((unit) => Number.isInteger(unit) && unit >= 0 && unit < width))
    throw new ComputeFailure({
      kind: 'input',
      message: `Expected units from 0 to ${width - 1} of ${rule.gate} in layer ${rule.layer}, got ${units.join(', ') || 'none'}`,
      advice: 'Choose a unit.',
    });
  const paced = new Paced();
  const best: Passage[] = [];
  let found = 0;
  let read = 0;
  const now = (): PassagesResult => ({ passages: [...best], found, read, total: text.length });
  for (const [at, stretch] of gates.stretches.entries()) {
    const bits = await gates.onIn(at, rule, rule, turns);
    for (const [from, to] of runsOf(bits.tokens, length, (token) => bits.areOn(units, token))) {
      found++;
      const last = best[count - 1];
      if (last && to - from <= last.length) continue;
      const { starts } = textTokens(model.tokenizer, stretch.text);
      const place = { from: stretch.offset + (starts[from] as number), to: stretch.offset + (starts[to] as number) };
      best.push(passageAt(text, place, to - from));
      // Sorting is stable: of equals, the earlier stays before the later.
      best.sort((a, b) => b.length - a.length).splice(count);
    }
    read = stretch.offset + stretch.text.length;
    await turns.take();
    paced.tell(onPart, now);
  }
  return { ...now(), read: text.length };
}

/** Runs of so many tokens at least at which something holds, by their first and the one behind their last. */
function* runsOf(
  tokens: number,
  length: number,
  holds: (token: number) => boolean,
): Generator<[from: number, to: number]> {
  let from = 0;
  for (let token = 0; token <= tokens; token++) {
    if (token < tokens && holds(token)) continue;
    if (token - from >= Math.max(1, length)) yield [from, token];
    from = token + 1;
  }
}

/** A passage with what is around it, not cut within a character. */
function passageAt(
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
  length: number,
): Passage {
  const isWithin = (at: number): boolean => /[\udc00-\udfff]/.test(text.charAt(at));
  let offset = Math.max(0, from - AROUND);
  if (isWithin(offset)) offset++;
  let end = Math.min(text.length, to + AROUND);
  if (isWithin(end)) end--;
  return { text: text.slice(offset, end), from: from - offset, to: to - offset, offset, length };
}
