import type { BackendName } from '../src/index.js';
import type { Command } from './cli/Command.js';
import { backendOption, option } from './cli/options.js';
import { startScript } from './cli/start.js';

/** The flags of `doctor`, as commander gives them. */
export interface DoctorFlags {
  readonly backend?: BackendName;
  readonly fix?: boolean;
}

export const doctor: Command<DoctorFlags> = {
  name: 'doctor',
  does: 'Say which backend computes here, and how to get a faster one.',
  examples: ['', '--fix', '--backend wasm'],
  options: [
    backendOption('check this backend'),
    option('--fix', 'install the native backend first, and show how that goes'),
  ],
  async run(flags, invocation) {
    const { diagnose, installNative } = await import('./cli/diagnose.js');
    const exitCode = flags.fix ? await installNative(invocation) : 0;
    await diagnose(flags.backend, invocation);
    return exitCode;
  },
};

await startScript(import.meta, doctor);
