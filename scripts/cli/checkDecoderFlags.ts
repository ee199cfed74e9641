import { DEFAULT_BEAMS } from '../../src/defaults.js';
import { InvalidArgumentError } from '../../src/errors.js';
import type { GenerateFlags } from '../generate.js';

/** Flags and the decoders that know them; the other flags mean something to every decoder. */
const ONLY_WITH: readonly [keyof GenerateFlags, string, readonly GenerateFlags['decoder'][]][] = [
  ['temperature', '--temperature', ['sample', 'stochastic']],
  ['seed', '--seed', ['sample', 'stochastic']],
  ['beams', '--beams', ['beam', 'stochastic']],
  ['lengthPenalty', '--length-penalty', ['beam']],
  ['showBeams', '--show-beams', ['beam']],
  ['topK', '--top-k', ['sample', 'beam', 'stochastic']],
  ['topP', '--top-p', ['sample', 'beam', 'stochastic']],
  ['minP', '--min-p', ['sample', 'beam', 'stochastic']],
];

/** @throws {InvalidArgumentError} when a flag means nothing to the decoder, or two do not go together. */
export function checkDecoderFlags(flags: GenerateFlags): void {
  for (const [name, flag, decoders] of ONLY_WITH)
    if (isGiven(flags[name]) && !decoders.includes(flags.decoder))
      throw new InvalidArgumentError(`Expected ${flag} with --decoder ${decoders.join(' or ')}, got ${flags.decoder}`);
  const { decoder, count, beams = DEFAULT_BEAMS } = flags;
  if ((decoder === 'beam' || decoder === 'stochastic') && count > beams)
    throw new InvalidArgumentError(`Expected --count of at most --beams, which is ${beams}, got ${count}`);
  if (flags.showBeams && flags.json) throw new InvalidArgumentError('Expected --show-beams or --json, got both');
  if (flags.omitStop && !flags.stop) throw new InvalidArgumentError('Expected --stop with --omit-stop, got none');
  if (flags.showBeams && flags.omitStop)
    throw new InvalidArgumentError(
      'Expected --show-beams or --omit-stop, got both: the picture has all that is generated',
    );
  if (flags.showBeams && count > 1)
    throw new InvalidArgumentError(`Expected --count 1 with --show-beams, which draws one search, got ${count}`);
}

/** Whether a flag is on the command line: 0 is a value too. Switches are false where they are not. */
function isGiven(value: GenerateFlags[keyof GenerateFlags]): boolean {
  return value !== undefined && value !== false;
}
