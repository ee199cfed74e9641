import type { ComponentChildren } from 'preact';
import type { ComputeProblem } from '../compute/types.js';

/** What went wrong, and what can be done: nothing that was written is lost by it. */
export function ProblemNote({
  problem,
  children,
}: {
  problem: ComputeProblem | undefined;
  children?: ComponentChildren;
}) {
  if (!problem || problem.kind === 'aborted') return null;
  return (
    <div class="problem" role="alert">
      <p>
        <strong>That did not work.</strong> {problem.message}
      </p>
      {problem.advice && <p>{problem.advice}</p>}
      {children}
    </div>
  );
}
