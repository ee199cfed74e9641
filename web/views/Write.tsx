import { useCallback, useState } from 'preact/hooks';
import type { Alternative, Excluding, ModelFacts, TextTokens } from '../compute/types.js';
import { Legend } from '../parts/Legend.js';
import { Picture } from '../parts/Picture.js';
import { ProblemNote } from '../parts/ProblemNote.js';
import { percent, short } from '../parts/percent.js';
import { SamplingFields } from '../parts/SamplingFields.js';
import { SettingField } from '../parts/SettingField.js';
import { shownText, spokenText } from '../parts/shownText.js';
import { TextField } from '../parts/TextField.js';
import { MOST_SURPRISE, surpriseTint } from '../parts/tints.js';
import { textOfToken, tokenAt } from '../parts/tokenAt.js';
import { samplingNow } from '../state/samplingNow.js';
import { BOUNDS, settings } from '../state/settings.js';
import { useAnswer } from '../state/useAnswer.js';
import { useGoingOn } from '../state/useGoingOn.js';

const { text, at, seed, length } = settings;

/** How many alternatives are shown. */
const SHOWN = 5;

/** A text coloured by surprise, and what could stand in the place of a character. */
export function Write({ facts }: { facts: ModelFacts | undefined }) {
  const model = facts?.model;
  const now = text.signal.value;
  const written = useAnswer<'write'>(model === undefined ? undefined : { kind: 'write', model, text: now });
  const known = written.answer;
  const tokens = known?.tokens;
  const isKnown = known !== undefined && tokens?.text === now;
  const [pointed, setPointed] = useState<number>();
  const count = tokens ? tokens.starts.length - 1 : 0;
  const fixed = at.signal.value < 0 || at.signal.value >= now.length ? undefined : at.signal.value;
  const place = pointed ?? (tokens && isKnown && fixed !== undefined ? tokenAt(tokens, fixed) : count);
  const around = useAnswer<'alternatives'>(
    model !== undefined && isKnown
      ? { kind: 'alternatives', model, text: now, at: Math.min(place, count), count: SHOWN, sampling: samplingNow() }
      : undefined,
  );
  const going = useGoingOn(model);
  const tintOf = useCallback((token: number) => surpriseTint(known?.surprise[token] ?? 0), [known]);
  const mean = known && meanOf(known.surprise, known.end);
  const chosen = around.answer;

  return (
    <>
      <p class="explains">
        Every character is coloured by how much it <strong>surprised</strong> the model, which had read what is before
        it and nothing else: −log p, in nats. Point at one to see what the model expected there.
      </p>
      <div class="columns">
        <div class="main">
          <Picture title="Text, coloured by surprise" name="surprise">
            <TextField
              id="text"
              label="Text"
              help="write-help"
              text={now}
              tokens={tokens}
              tintOf={(token) => `${tintOf(token)}${isKnown && token === place ? ' here' : ''}`}
              onInput={(value) => {
                going.stop();
                text.signal.value = value;
              }}
              onPoint={setPointed}
              onSelect={(from) => {
                at.signal.value = from >= text.signal.peek().length ? -1 : from;
              }}
            />
            <Legend
              what="Surprise"
              low="0 nats: certain"
              high={`${MOST_SURPRISE} nats and more: 1 in ${Math.round(Math.exp(MOST_SURPRISE))}`}
              names={['hot']}
            />
          </Picture>
          <p id="write-help" class="note">
            Write anything. A click, or the arrow keys, keep a place; at the end of the text is what comes next.
          </p>
          <p class="figures" role="status">
            {isKnown && mean !== undefined
              ? count === 0
                ? `Nothing is written yet; that it ends here: ${percent(Math.exp(-known.end))}`
                : `${count} ${facts?.isOfCharacters ? 'characters' : 'pieces'}, ${short(mean)} nats each in the mean, its end included; that it ends here: ${percent(Math.exp(-known.end))}`
              : facts
                ? 'Reading …'
                : ''}
          </p>
          <ProblemNote problem={written.problem} />
        </div>
        <section class="side" aria-label="What could stand here">
          <h2>{titleOf(tokens, isKnown ? place : undefined, count)}</h2>
          {chosen && (
            <Alternatives
              alternatives={chosen.alternatives}
              standing={chosen.standing}
              drawable={chosen.drawable}
              onTake={(taken) => {
                if (!tokens) return;
                at.signal.value = -1;
                setPointed(undefined);
                going.goOn(now.slice(0, tokens.starts[chosen.at]) + taken.text);
              }}
            />
          )}
          <ProblemNote problem={around.problem} />
          <div class="buttons">
            <button type="button" disabled={!facts || going.isGoing} onClick={() => going.goOn(now)}>
              Go on from the end
            </button>
            {going.isGoing && (
              <button type="button" onClick={going.stop}>
                Stop
              </button>
            )}
            {going.before !== undefined && !going.isGoing && (
              <button type="button" class="quiet" onClick={going.takeBack}>
                Take back
              </button>
            )}
          </div>
          <ProblemNote problem={going.problem} />
        </section>
      </div>
      <div class="settings">
        <SamplingFields />
        <fieldset class="fields">
          <legend>How it goes on</legend>
          <SettingField id="seed" label="Seed" setting={seed} bounds={BOUNDS.seed} />
          <SettingField id="length" label="At most so many tokens" setting={length} bounds={BOUNDS.length} />
        </fieldset>
      </div>
    </>
  );
}

function meanOf(surprise: Float32Array, end: number): number {
  return surprise.reduce((sum, nats) => sum + nats, end) / (surprise.length + 1);
}

function titleOf(tokens: TextTokens | undefined, place: number | undefined, count: number): string {
  if (!tokens || place === undefined) return 'What could stand here';
  if (place >= count) return 'What comes next';
  return `In the place of “${shownText(textOfToken(tokens, place))}”`;
}

const EXCLUDED: Readonly<Record<Excluding, string>> = {
  never: 'never written',
  topK: 'top-k excludes it',
  topP: 'top-p excludes it',
  minP: 'min-p excludes it',
};

function Alternatives({
  alternatives,
  standing,
  drawable,
  onTake,
}: {
  alternatives: readonly Alternative[];
  standing: Alternative | undefined;
  drawable: number;
  onTake: (taken: Alternative) => void;
}) {
  // What is written by no token: the model reads its sign of the unknown in its place.
  const isUnknown = standing?.text === '' && standing.excludedBy === 'never';
  const isAmong = standing !== undefined && alternatives.some(({ id }) => id === standing.id);
  const rows = standing && !isAmong ? [...alternatives, standing] : alternatives;
  return (
    <>
      <table class="alternatives">
        <thead>
          <tr>
            <th scope="col">Rank</th>
            <th scope="col">Takes its place</th>
            <th scope="col">The model gives</th>
            <th scope="col">Drawn with</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr
              key={one.id}
              class={[one.excludedBy && 'excluded', one.id === standing?.id && 'stands'].filter(Boolean).join(' ')}
            >
              <td>{one.rank}</td>
              <th scope="row">
                {one.isEnd ? (
                  <em>the end</em>
                ) : one.text === '' ? (
                  <em>{isUnknown && one.id === standing.id ? 'unknown' : 'no character'}</em>
                ) : (
                  <button type="button" class="token" onClick={() => onTake(one)} disabled={one.excludedBy === 'never'}>
                    <span aria-hidden="true">{shownText(one.text)}</span>
                    <span class="visually-hidden">Take {spokenText(one.text)} and go on</span>
                  </button>
                )}
                {one.id === standing?.id && <small> stands here</small>}
              </th>
              <td>
                <Bar share={one.probability} />
                {percent(one.probability)}
              </td>
              <td>
                {one.excludedBy ? (
                  EXCLUDED[one.excludedBy]
                ) : (
                  <>
                    <Bar share={one.drawn} />
                    {percent(one.drawn)}
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="note" aria-live="polite">
        {standing &&
          `${isUnknown ? 'What the model has no token for' : `“${shownText(standing.text)}”`} stands here: of rank ${standing.rank}, a surprise of ${short(-Math.log(standing.probability))} nats. `}
        {drawable.toLocaleString('en')} can be drawn. A click takes one, and the model goes on from there.
      </p>
    </>
  );
}

function Bar({ share }: { share: number }) {
  return (
    <span class="bar" aria-hidden="true">
      <span style={{ width: `${100 * share}%` }} />
    </span>
  );
}
