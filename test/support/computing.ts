import { ComputeFailure } from '../../web/compute/ComputeFailure.js';
import { Computer } from '../../web/compute/Computer.js';
import type { ComputeProblem, GivenFile } from '../../web/compute/types.js';

/** Files as the page gives them. */
export function given(files: Readonly<Record<string, Uint8Array>>): GivenFile[] {
  return Object.entries(files).map(([name, bytes]) => ({ name, bytes }));
}

/** What the page computes with, and a model that it opened, which is called `m`. */
export async function computerWith(files: Readonly<Record<string, Uint8Array>>, passages = ''): Promise<Computer> {
  const computer = new Computer();
  await computer.ask<'open'>({ kind: 'open', model: 'm', source: given(files), passages });
  return computer;
}

/** The problem that a request is rejected with. */
export async function problemOf(asked: Promise<unknown>): Promise<ComputeProblem> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ComputeFailure) return error.problem;
  throw error ?? new TypeError('It was answered');
}
