import { InvalidArgumentError, invalid } from '../errors.js';
import type { TokenPredictor } from './TokenPredictor.js';

/**
 * Models as one, whose probabilities are the mean of theirs (Hansen and Salamon, “Neural network ensembles”, 1990): for every decoder, for
 * `score` and for `evaluate`. It takes the time and the memory of all of them; they stay whose they are.
 *
 *     for await (const token of sample(averageOf([one, other]), { prompt: 'We will' })) process.stdout.write(token.text);
 *
 * @throws {InvalidArgumentError} when there is none, or their tokenizers are not the same.
 */
export function averageOf<State>(models: readonly TokenPredictor<State>[]): TokenPredictor<readonly State[]> {
  if (!Array.isArray(models)) throw invalid('models', 'an array of models', models);
  const members: readonly TokenPredictor<State>[] = [...models];
  const [first] = members;
  if (first === undefined)
    throw new InvalidArgumentError('Expected models to average, got none', { options: ['models'] });
  for (const member of members)
    if (typeof member?.next !== 'function' || typeof member.free !== 'function')
      throw invalid('each of models', 'a TokenPredictor, such as a LanguageModel', member);
  const { tokenizer } = first;
  const known = JSON.stringify(tokenizer);
  for (const [place, member] of members.entries())
    if (JSON.stringify(member?.tokenizer) !== known)
      throw new InvalidArgumentError(`Expected models of one tokenizer, got another in model ${place}`, {
        options: ['models'],
      });

  type Made<S> = { logProbabilities: Float32Array; state: S };
  const together = async (ask: (member: TokenPredictor<State>, at: number) => Promise<Made<State>>) => {
    const asked = await Promise.allSettled(members.map(ask));
    const failed = asked.find((one) => one.status === 'rejected');
    if (failed) {
      for (const [at, one] of asked.entries()) if (one.status === 'fulfilled') members[at]?.free(one.value.state);
      throw failed.reason;
    }
    const made = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    return {
      logProbabilities: meanOf(made.map(({ logProbabilities }) => logProbabilities)),
      state: made.map(({ state }) => state),
    };
  };
  const bytes = members.map(({ stateBytes }) => stateBytes);
  const predictor: TokenPredictor<readonly State[]> = {
    tokenizer,
    stateBytes: bytes.some((one) => one === undefined)
      ? undefined
      : bytes.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    next: (state, rows, ids) => together((member, at) => member.next(state?.[at], rows, ids)),
    free(state) {
      for (const [at, member] of members.entries()) member.free(state[at] as State);
    },
  };
  const readers = members.flatMap((member) => (member.read ? [member.read.bind(member)] : []));
  if (readers.length < members.length) return predictor;
  return {
    ...predictor,
    read: (state, row, ids) => together((_, at) => (readers[at] as (typeof readers)[number])(state?.[at], row, ids)),
  };
}

/** log of the mean of probabilities, of their logarithms. */
function meanOf(parts: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0)] = parts;
  return first.map((_, at) => {
    let largest = -Infinity;
    for (const part of parts) largest = Math.max(largest, part[at] ?? NaN);
    if (largest === -Infinity) return largest;
    let sum = 0;
    for (const part of parts) sum += Math.exp((part[at] ?? NaN) - largest);
    return largest + Math.log(sum / parts.length);
  });
}
