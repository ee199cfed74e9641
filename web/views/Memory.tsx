import { useEffect, useState } from 'preact/hooks';
import type { MemoryRow, ModelFacts } from '../compute/types.js';
import { howTheyRemember } from '../parts/gateNotes.js';
import { Legend } from '../parts/Legend.js';
import { Picture } from '../parts/Picture.js';
import { ProblemNote } from '../parts/ProblemNote.js';
import { percent } from '../parts/percent.js';
import { shownText } from '../parts/shownText.js';
import { TextField } from '../parts/TextField.js';
import { TintedText } from '../parts/TintedText.js';
import { shareTint } from '../parts/tints.js';
import { textOfToken } from '../parts/tokenAt.js';
import { ViewLink } from '../parts/ViewLink.js';
import { page } from '../state/page.js';
import { settings } from '../state/settings.js';
import { useAnswer } from '../state/useAnswer.js';

const { text, at, rows: chosenRows } = settings;

/** How many models are compared where nobody chose them. */
const COMPARED = 4;

/** How far back models look: what each earlier character matters for one, model by model. */
export function Memory({ facts }: { facts: ModelFacts | undefined }) {
  const now = text.signal.value;
  const listed = page.models.listed.value;
  const wanted =
    chosenRows.signal.value.length > 0
      ? listed.filter(({ name }) => chosenRows.signal.value.includes(name))
      : listed.slice(0, COMPARED);
  const names = wanted.map(({ name }) => name).join('\n');
  useEffect(() => {
    for (const name of names.split('\n')) void page.models.open(name);
  }, [names]);
  const open = wanted.filter(({ name }) => page.models.factsOf(name));
  const isReady =
    open.length > 0 && wanted.every(({ name }) => !['listed', 'opening'].includes(page.models.stateOf(name).value.is));
  const [pointed, setPointed] = useState<number>();
  const fixed = at.signal.value < 0 || at.signal.value >= now.length ? now.length - 1 : at.signal.value;
  const offset = Math.min(pointed ?? fixed, now.length - 1);
  const asked = useAnswer<'memory'>(
    isReady && now !== '' ? { kind: 'memory', models: open.map(({ name }) => name), text: now, offset } : undefined,
  );
  const answer = asked.answer;
  const shown = answer?.rows.filter(({ tokens }) => tokens.text === now) ?? [];
  const why = howTheyRemember(shown.map(({ cell }) => cell));
  const most = Math.max(1e-9, ...shown.flatMap(({ shares, startShare }) => [...shares, startShare]));

  return (
    <>
      <p class="explains">
        Which of what it read does a model use for the next character? Point at one: each earlier character is shaded by
        how much <strong>changing it a little</strong> would change the probability of that one.
      </p>
      <TextField
        id="text"
        label="Text"
        help="memory-help"
        text={now}
        tokens={shown[0]?.tokens}
        tintOf={(token) => (token === shown[0]?.at ? 'here' : '')}
        onInput={(value) => {
          setPointed(undefined);
          text.signal.value = value;
        }}
        onPoint={(token) => setPointed(token === undefined ? undefined : shown[0]?.tokens.starts[token])}
        onSelect={(first) => {
          at.signal.value = first >= text.signal.peek().length ? -1 : first;
        }}
      />
      <p id="memory-help" class="note">
        A click, or the arrow keys, keep a place.
      </p>
      <fieldset class="fields checks">
        <legend>Models to compare</legend>
        {listed.map(({ name, title }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={wanted.some((one) => one.name === name)}
              disabled={wanted.length === 1 && wanted[0]?.name === name}
              onChange={({ currentTarget }) => {
                const others = wanted.map((one) => one.name).filter((one) => one !== name);
                chosenRows.signal.value = currentTarget.checked ? [...others, name] : others;
              }}
            />{' '}
            {title}
          </label>
        ))}
      </fieldset>
      {now === '' && <p class="note">Write something.</p>}
      {answer && shown.length > 0 && (
        <>
          <p class="shows" role="status">
            {answer.whatItShows}
          </p>
          <Picture title={`What matters for “${shownText(tokenIn(shown[0]))}”`} name="memory">
            {shown.map((row) => (
              <Row key={row.model} row={row} most={most} onPoint={setPointed} />
            ))}
            <Legend what="Share of all that matters" low="0" high={percent(most)} names={['near']} />
          </Picture>
          <p class="note">{answer.howToRead} The start is the mark that a model reads before any text.</p>
          {why && (
            <p class="note">
              {why} <ViewLink view="units">See what the gates do</ViewLink>, or{' '}
              <ViewLink view="steer">hold one while a model writes</ViewLink>.
            </p>
          )}
        </>
      )}
      {!answer && facts && <p class="note">{asked.isAwaited ? 'Computing …' : ''}</p>}
      {wanted.map(({ name, title }) => {
        const state = page.models.stateOf(name).value;
        return state.is === 'refused' ? <ProblemNote key={title} problem={state.problem} /> : null;
      })}
      <ProblemNote problem={asked.problem} />
    </>
  );
}

function tokenIn(row: MemoryRow | undefined): string {
  return row ? textOfToken(row.tokens, row.at) : '';
}

function Row({ row, most, onPoint }: { row: MemoryRow; most: number; onPoint: (offset: number | undefined) => void }) {
  const { tokens, shares, startShare, half, most: ninety } = row;
  // The square root: what is little shows beside what is much.
  const tint = (share: number): string => shareTint('near', Math.sqrt(share / most));
  return (
    <section class="memory-row" aria-label={`${row.cell} ${row.model}`}>
      <h2>
        {row.cell.toUpperCase()} <small>{row.model}</small>
      </h2>
      <TintedText
        label={`Text as ${row.model} remembers it`}
        tokens={tokens}
        tintOf={(token) => (token === row.at ? 'here' : token < row.at ? tint(shares[token] ?? 0) : 'later')}
        onPoint={(token) => onPoint(token === undefined ? undefined : tokens.starts[token])}
        onPick={(token) => {
          at.signal.value = tokens.starts[token] ?? -1;
        }}
      />
      {row.at > 0 && (
        <p class="figures">
          Half of it is in the last {placesOf(half, row)}, nine tenths in the last {placesOf(ninety, row)}. The start:{' '}
          {percent(startShare)}.
        </p>
      )}
    </section>
  );
}

function placesOf(count: number, { at: before }: MemoryRow): string {
  return count > before ? `${before} and the start` : String(count);
}
