import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { type BeamState, beamStates, type Hypothesis, type TokenPredictor } from '../../src/decoding.js';
import type { GenerateFlags } from '../generate.js';
import { beamOptions, decodingOptions } from './decodeSentences.js';
import { detokenizerAfter } from './detokenizerAfter.js';
import { liveLine } from './liveLine.js';
import { print } from './print.js';

/** The text of ids that follow the prompt. */
interface Text {
  /** Without a character that lacks parts at its end: every text that goes on from here begins so. */
  readonly complete: string;
  readonly whole: string;
}

/**
 * Draws a beam search on standard output: in a terminal as it changes, what is committed bold; elsewhere as plain text,
 * one state after the other.
 */
export async function drawBeams<State>(
  model: TokenPredictor<State>,
  flags: GenerateFlags,
  stdout: Writable,
): Promise<void> {
  const live = liveLine(stdout);
  const emphasise = live ? (text: string): string => styleText('bold', text) : (text: string): string => text;
  const textOf = (ids: readonly number[]): Text => {
    const detokenizer = detokenizerAfter(model, flags.prompt);
    const complete = ids.map((id) => detokenizer.push(id)).join('');
    return { complete, whole: ids.length === 0 ? '' : complete + detokenizer.end() };
  };
  for await (const state of beamStates(model, { ...decodingOptions(flags), ...beamOptions(flags) })) {
    const picture = draw(state, flags.prompt, textOf, emphasise);
    if (live) live(picture);
    else await print(stdout, `${picture}\n\n`);
    if (!state.done) continue;
    live?.clear();
    await print(stdout, `${flags.prompt}${textOf(state.finished[0]?.ids ?? []).whole}\n`);
  }
}

function draw(
  { step, live, finished, committed }: BeamState,
  prompt: string,
  textOf: (ids: readonly number[]) => Text,
  emphasise: (text: string) => string,
): string {
  const certain = prompt + textOf(committed).complete;
  const line = (mark: string, { score, ids }: Hypothesis): string => {
    const uncertain = (prompt + textOf(ids).whole).slice(certain.length);
    return `${mark} ${score.toFixed(2).padStart(8)}  ${emphasise(certain)}${uncertain}`;
  };
  const winner = finished.slice(0, 1).map((hypothesis) => line('■', hypothesis));
  return [`time step ${step}`, ...live.map((hypothesis) => line('▸', hypothesis)), ...winner].join('\n');
}
