/** Members of a training, and the network between each of them and the server. */
export interface RoundSetting {
  /** Numbers of the model. */
  readonly weights: number;
  readonly members: number;
  readonly float16: boolean;
  /** Of the outer step: 0, or it keeps as many numbers as the model has. */
  readonly momentum: number;
  /** Milliseconds, one way. */
  readonly delay: number;
  /** Megabits a second, each way. */
  readonly bandwidth: number;
}

/**
 * Seconds of a round, on paper. Each member sends its weights; the one that closes the round gets those of the others, and what the outer optimizer keeps, where it
 * was not the last one that closed; it sends the next weights and what is kept; the others get the weights. Each waits for the last byte of what comes before; beside
 * that, questions that wait for an answer.
 */
export function onPaper({ weights, members, float16, momentum, delay, bandwidth }: RoundSetting): number {
  const size = 4 * weights;
  const kept = momentum > 0 ? size : 0;
  const offered = float16 ? size / 2 : size;
  const others = members - 1;
  const bytes = offered + (others * offered + (others / members) * kept) + size + kept + (others > 0 ? size : 0);
  // Four times numbers go over, whose first byte is waited for; an offer, who has offered (two), the entry, and that it is there.
  const questions = 4 + 5;
  return (8 * bytes) / (1e6 * bandwidth) + (questions * 2 * delay) / 1000;
}

/** What members learn in a time, by what one learns alone, without rounds. */
export function worth(members: number, seconds: number, computing: number): number {
  return members === 1 ? 1 : members / (1 + seconds / computing);
}

/** Up to how many members another one adds at least half of what one learns alone, on paper. */
export function membersThatPay(setting: RoundSetting, computing: number): number {
  const of = (members: number): number => worth(members, onPaper({ ...setting, members }), computing);
  let members = 1;
  while (members < 999 && of(members + 1) - of(members) >= 0.5) members++;
  return members;
}
