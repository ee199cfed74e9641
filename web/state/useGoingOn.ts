import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComputeProblem, ModelName } from '../compute/types.js';
import { Refused } from './Client.js';
import { page } from './page.js';
import { samplingNow } from './samplingNow.js';
import { settings } from './settings.js';

const { text, seed, length } = settings;

/** A model that goes on with the text, which grows while it does. */
export function useGoingOn(model: ModelName | undefined) {
  const [isGoing, setGoing] = useState(false);
  const [before, setBefore] = useState<string>();
  const [problem, setProblem] = useState<ComputeProblem>();
  const underWay = useRef<AbortController>(undefined);
  const stop = (): void => {
    underWay.current?.abort();
    underWay.current = undefined;
    setGoing(false);
  };
  // Whoever leaves the view has what is there.
  useEffect(() => stop, []);

  /** Takes a text as the beginning, and lets the model go on from there. */
  const goOn = async (prompt: string): Promise<void> => {
    if (model === undefined) return;
    stop();
    const controller = new AbortController();
    underWay.current = controller;
    const { signal } = controller;
    setBefore(text.signal.peek());
    setProblem(undefined);
    setGoing(true);
    text.signal.value = prompt;
    const show = (made: string): void => {
      if (!signal.aborted) text.signal.value = prompt + made;
    };
    const [maxLength, drawn] = [length.signal.peek(), samplingNow()];
    try {
      const { free } = await page.client.ask<'steer'>(
        { kind: 'steer', model, prompt, sampling: drawn, seed: seed.signal.peek(), maxLength, pins: [] },
        { signal, onPart: (part) => show(part.free.tokens.text) },
      );
      show(free.tokens.text);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (!signal.aborted) setProblem(error.problem);
    }
    if (!signal.aborted) stop();
  };

  /** Brings back what stood there before the model went on. */
  const takeBack = (): void => {
    if (before !== undefined) text.signal.value = before;
    setBefore(undefined);
  };

  return { isGoing, before, problem, goOn: (prompt: string) => void goOn(prompt), stop, takeBack };
}
