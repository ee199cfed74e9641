import fs, { type FileHandle } from 'node:fs/promises';

/** What goes wrong: one call fails, or the process ends there, so that all later calls fail too. */
export type Fault = 'fails' | 'crashes';

/**
 * Runs an action while a call of `node:fs/promises` that changes something goes wrong: the one of this number, from 0 on. A
 * write that goes wrong has written half of its bytes. Resolves to whether there was such a call. Only for tests that
 * run alone.
 */
export async function withFault(number: number, fault: Fault, action: () => Promise<void>): Promise<boolean> {
  const { mkdir, open, rename, rm } = fs;
  let calls = 0;
  const goesWrong = (): boolean => {
    const call = calls++;
    return call === number || (fault === 'crashes' && call > number);
  };
  const error = (name: string): Error => Object.assign(new Error(`ENOSPC: no space left, ${name}`), { code: 'ENOSPC' });
  const faulty = <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      if (goesWrong()) throw error(name);
      return call(...args);
    };
  };
  const faultyHandle = (handle: FileHandle): FileHandle => {
    const { writeFile, sync } = handle;
    handle.writeFile = async (data) => {
      if (!goesWrong()) return writeFile.call(handle, data);
      const bytes = Buffer.from(data as Uint8Array);
      await writeFile.call(handle, bytes.subarray(0, bytes.length / 2));
      throw error('write');
    };
    handle.sync = faulty('fsync', sync.bind(handle));
    return handle;
  };
  Object.assign(fs, {
    mkdir: faulty('mkdir', mkdir),
    rename: faulty('rename', rename),
    rm: faulty('rm', rm),
    open: faulty('open', async (...args: Parameters<typeof open>) => faultyHandle(await open(...args))),
  });
  try {
    await action();
  } finally {
    Object.assign(fs, { mkdir, open, rename, rm });
  }
  return calls > number;
}
