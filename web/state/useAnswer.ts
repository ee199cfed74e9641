import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { AnswerOf, ComputeProblem, Kind, PartOf, RequestOf } from '../compute/types.js';
import { Refused } from './Client.js';
import { page } from './page.js';

/** What there is of an answer. */
export interface Asked<K extends Kind> {
  /** The latest answer: while another is awaited, that to an earlier request. */
  readonly answer: AnswerOf<K> | undefined;
  /** What was told of the answer that is awaited. */
  readonly part: PartOf<K> | undefined;
  /** Why there is none. */
  readonly problem: ComputeProblem | undefined;
  readonly isAwaited: boolean;
}

const NOTHING = { answer: undefined, part: undefined, problem: undefined, isAwaited: false } as const;

/**
 * What the worker answers to a request: asked anew when the request changes, and then the older is of no interest any more. `undefined`
 * asks nothing, and keeps what there was.
 */
export function useAnswer<K extends Kind>(request: (RequestOf<K> & { readonly kind: K }) | undefined): Asked<K> {
  const [asked, setAsked] = useState<Asked<K>>(NOTHING);
  const key = request && JSON.stringify(request);
  const latest = useRef(request);
  latest.current = request;
  // A layout effect: what is typed is asked for before the next frame.
  useLayoutEffect(() => {
    const wanted = latest.current;
    if (!wanted) {
      setAsked((before) => (before.isAwaited ? { ...before, part: undefined, isAwaited: false } : before));
      return undefined;
    }
    const controller = new AbortController();
    const { signal } = controller;
    setAsked((before) => ({ ...before, part: undefined, isAwaited: true }));
    page.client
      .ask<K>(wanted, {
        signal,
        onPart: (part) => signal.aborted || setAsked((before) => ({ ...before, part, problem: undefined })),
      })
      .then(
        (answer) => signal.aborted || setAsked({ ...NOTHING, answer }),
        (error: unknown) => {
          if (!(error instanceof Refused)) throw error;
          if (!signal.aborted) setAsked((before) => ({ ...NOTHING, answer: before.answer, problem: error.problem }));
        },
      );
    return () => controller.abort();
  }, [key]);
  return asked;
}
