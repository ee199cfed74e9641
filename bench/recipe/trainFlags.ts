import type { Command } from '../../scripts/cli/Command.js';
import { bySource } from '../../scripts/cli/calls.js';
import { modelStart } from '../../scripts/cli/modelStart.js';
import { recipeFlags } from '../../scripts/cli/recipe.js';
import { runCommand } from '../../scripts/cli/runCommand.js';
import type { TrainFlags } from '../../scripts/cli/TrainFlags.js';
import { train } from '../../scripts/train.js';

/** What `train` takes flags for, with its recipe for what they do not say. */
export async function trainFlags(argv: readonly string[]): Promise<TrainFlags> {
  let taken: TrainFlags | undefined;
  const reader: Command<TrainFlags> = {
    ...train,
    async run(given, { typed }) {
      const { flags } = await modelStart(recipeFlags(given, typed), {
        found: undefined,
        asked: typed,
        stderr: process.stderr,
      });
      taken = flags;
      return 0;
    },
  };
  const code = await runCommand([reader], [train.name, ...argv], { streams: process, call: bySource });
  if (!taken) process.exit(code);
  return taken;
}
