import test from 'ava';
import { checkDecoderFlags } from '../../../scripts/cli/checkDecoderFlags.js';
import type { GenerateFlags } from '../../../scripts/generate.js';
import { InvalidArgumentError } from '../../../src/errors.js';

// Flags are checked before the run directory is looked at.
const flags: GenerateFlags = {
  ...{ run: 'nowhere', decoder: 'sample', prompt: '', count: 1, maxLength: 10 },
  ...{ showBeams: false, omitStop: false, json: false },
};

for (const [given, message] of [
  [{ lengthPenalty: 0 }, 'Expected --length-penalty with --decoder beam, got sample'],
  [{ decoder: 'stochastic', lengthPenalty: 0.5 }, 'Expected --length-penalty with --decoder beam, got stochastic'],
  [{ decoder: 'greedy', seed: 0 }, 'Expected --seed with --decoder sample or stochastic, got greedy'],
  [{ decoder: 'beam', seed: 1 }, 'Expected --seed with --decoder sample or stochastic, got beam'],
  [{ decoder: 'greedy', minP: 0 }, 'Expected --min-p with --decoder sample or beam or stochastic, got greedy'],
  [{ decoder: 'beam', temperature: 1 }, 'Expected --temperature with --decoder sample or stochastic, got beam'],
  [{ showBeams: true }, 'Expected --show-beams with --decoder beam, got sample'],
  [{ omitStop: true }, 'Expected --stop with --omit-stop, got none'],
  [
    { decoder: 'beam', showBeams: true, stop: ['a'] as string[], omitStop: true },
    'Expected --show-beams or --omit-stop, got both: the picture has all that is generated',
  ],
  [
    { decoder: 'beam', showBeams: true, count: 2 },
    'Expected --count 1 with --show-beams, which draws one search, got 2',
  ],
] as const)
  test(message, (t) => {
    t.throws(() => checkDecoderFlags({ ...flags, ...given }), {
      instanceOf: InvalidArgumentError,
      message,
    });
  });
