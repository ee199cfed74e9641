import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { fileAt } from './places.js';

/** The digits that the library embeds are what a program of assembly/ compiles to, and so is their whole file. */
export async function embedsKernel(t: ExecutionContext, name: 'kernel' | 'masks', digits: string): Promise<void> {
  const { bytesFile, compileKernel, KERNELS }: typeof import('../../assembly/build.mjs') = await import(
    fileAt('assembly/build.mjs').href
  );
  const bytes = await compileKernel(name);
  t.deepEqual(Buffer.from(digits, 'hex'), Buffer.from(bytes));
  t.is(readFileSync(fileAt(KERNELS[name]), 'utf8'), bytesFile(name, bytes));
}
