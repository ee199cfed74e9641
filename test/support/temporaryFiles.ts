import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

/** A new directory, removed when the test ends. */
export async function temporaryDirectory(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'babblebrook-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A file with this content, removed when the test ends. */
export async function temporaryFile(t: ExecutionContext, content: string | Uint8Array): Promise<string> {
  const path = join(await temporaryDirectory(t), 'text.txt');
  await writeFile(path, content);
  return path;
}
