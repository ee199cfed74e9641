import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import { type BeamState, beams, type Hypothesis, type LanguageModel } from '../../src/index.js';
import { beamOptions, decodingOptions } from './decodeSentences.js';
import type { GenerateFlags } from './GenerateFlags.js';
import { print } from './print.js';

/**
 * Draws a beam search on standard output: in a terminal as it changes, what is committed bold; elsewhere as plain text,
 * one state after the other.
 */
export async function drawBeams(model: LanguageModel, flags: GenerateFlags): Promise<void> {
  const live = process.stdout.isTTY ? createLogUpdate(process.stdout) : undefined;
  const emphasise = live ? (text: string): string => styleText('bold', text) : (text: string): string => text;
  const textOf = (ids: readonly number[]): string => model.tokenizer.decode(ids);
  for await (const state of beams(model, { ...decodingOptions(flags), ...beamOptions(flags) })) {
    const picture = draw(state, flags.prompt, textOf, emphasise);
    if (live) live(picture);
    else await print(`${picture}\n\n`);
    if (!state.done) continue;
    live?.clear();
    await print(`${flags.prompt}${textOf(state.finished[0]?.ids ?? [])}\n`);
  }
}

function draw(
  { step, live, finished, committed }: BeamState,
  prompt: string,
  textOf: (ids: readonly number[]) => string,
  emphasise: (text: string) => string,
): string {
  const certain = prompt + textOf(committed);
  const line = (mark: string, { score, ids }: Hypothesis): string => {
    const uncertain = (prompt + textOf(ids)).slice(certain.length);
    return `${mark} ${score.toFixed(2).padStart(8)}  ${emphasise(certain)}${uncertain}`;
  };
  const winner = finished.slice(0, 1).map((hypothesis) => line('■', hypothesis));
  return [`time step ${step}`, ...live.map((hypothesis) => line('▸', hypothesis)), ...winner].join('\n');
}
