import { type AsideNode, type BeamFrame, type BeamRecord, type Contender, FATES } from './types.js';

const FINISHED = FATES.indexOf('finished');
const BEATEN = FATES.indexOf('beaten');

/** A beam search after a step; step 0 is before the first. */
export function beamFrame(record: BeamRecord, step: number): BeamFrame {
  const { stepStart, fate, score, end } = record;
  const steps = stepStart.length - 2;
  const shown = Math.max(0, Math.min(Math.floor(step), steps));
  const [first, behind] = [stepStart[shown] as number, stepStart[shown + 1] as number];
  const live: number[] = [];
  const finished: number[] = [];
  const aside: AsideNode[] = [];
  for (let node = 0; node < behind; node++) {
    const made = record.step[node] as number;
    if (fate[node] === FINISHED) finished.push(node);
    else if (fate[node] === BEATEN) aside.push({ node, why: 'cannot win any more', step: made });
    else if (node >= first) live.push(node);
    else if (end[node] !== 0)
      aside.push({ node, why: end[node] === 1 ? 'others likelier' : 'no token may follow', step: made + 1 });
  }
  finished.sort((a, b) => (score[b] as number) - (score[a] as number));
  aside.sort((a, b) => a.step - b.step || a.node - b.node);
  const last = shown === 0 ? 0 : (record.committed[shown - 1] as number);
  const committed = pathTo(record, last);
  const best = shown === 0 ? -1 : (record.best[shown - 1] as number);
  const contenders = contendersAt(record, committed.length + 1, live, best);
  const isOver = shown === steps && record.done;
  return {
    ...{ step: shown, live, finished, aside, committed, contenders },
    committedText: committed.map((node) => textOf(record, node)).join(''),
    why: isOver ? whyOver(record, best) : whyInDoubt(record, contenders, shown),
  };
}

/** The way to a node, without the root. */
function pathTo({ parent }: BeamRecord, node: number): number[] {
  const path: number[] = [];
  for (let at = node; at > 0; at = parent[at] as number) path.push(at);
  return path.reverse();
}

function textOf({ id, texts }: BeamRecord, node: number): string {
  return texts[id[node] as number] ?? '';
}

/** What those that can still win have at a place; a node of step s has its token at place s. */
function contendersAt(record: BeamRecord, place: number, live: readonly number[], best: number): Contender[] {
  const { parent, step, id, bound, texts } = record;
  const byId = new Map<number, { hypotheses: number; node: number; bound: number; isOfFinished: boolean }>();
  const take = (node: number, isOfFinished: boolean): void => {
    let at = node;
    while ((step[at] as number) > place) at = parent[at] as number;
    // What has no token there is committed to its end.
    if (step[at] !== place) return;
    const token = id[at] as number;
    const reach = bound[node] as number;
    const known = byId.get(token) ?? { hypotheses: 0, node, bound: -Infinity, isOfFinished: false };
    const isBetter = reach > known.bound;
    byId.set(token, {
      hypotheses: known.hypotheses + Number(!isOfFinished),
      node: isBetter ? node : known.node,
      bound: isBetter ? reach : known.bound,
      isOfFinished: known.isOfFinished || isOfFinished,
    });
  };
  for (const node of live) take(node, false);
  if (best >= 0) take(best, true);
  return [...byId]
    .map(([token, known]): Contender => ({ id: token, text: texts[token] ?? '', ...known }))
    .sort((a, b) => b.bound - a.bound);
}

function whyOver(record: BeamRecord, best: number): string {
  const isAtEnd = record.id[best] === record.eosId;
  const how = isAtEnd ? 'which ended' : 'which is as long as it may be';
  return `The search is over: no other hypothesis can reach ${nats(record.score[best] as number)}, the score of the best one, ${how}.`;
}

function whyInDoubt({ eosId }: BeamRecord, contenders: readonly Contender[], step: number): string {
  if (step === 0) return 'Nothing was tried yet: any token may come first.';
  const [first, second, ...others] = contenders;
  if (!first || !second) return 'Nothing is in doubt: all that can still win share what is written.';
  const name = ({ id, text }: Contender): string => (id === eosId ? 'the end' : `“${text}”`);
  const reach = (one: Contender): string => {
    const who =
      one.hypotheses === 0
        ? 'the finished one has it'
        : `${one.hypotheses} live ${one.hypotheses === 1 ? 'hypothesis has' : 'hypotheses have'} it${one.isOfFinished ? ', and the finished one' : ''}`;
    return `${name(one)} (${who}; at best ${nats(one.bound)})`;
  };
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `Not certain yet, for each of these can still win: ${reach(first)} and ${reach(second)}${more}.`;
}

/** A score with two digits behind its point. */
function nats(score: number): string {
  return score.toFixed(2).replace('-', '−');
}
