import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the files and directories of a run are called. */
export const RUN_FILES = {
  ...{ best: 'best', last: 'last', metrics: 'metrics.jsonl', settings: 'run.json', checkpoints: 'checkpoints' },
  ...{ characters: 'tokenizer.json', pieces: 'tokenizer.model', passages: 'passages.txt' },
} as const;

/** Everything that a run may have: what has a known name, and what was logged for TensorBoard. */
export function filesOfRun(path: string): string[] {
  const found = existsSync(path) && statSync(path).isDirectory() ? readdirSync(path) : [];
  const logs = found.filter((name) => name.startsWith('events.out.tfevents.'));
  // A save that was killed leaves its directory beside the model's.
  const models = found.filter((name) => /^(best|last)(\.replaced|\.saving-[\d-]+)?$/.test(name));
  return [...new Set([...models, ...Object.values(RUN_FILES), ...logs])].map((name) => join(path, name));
}
