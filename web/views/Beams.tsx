import { useEffect, useMemo, useState } from 'preact/hooks';
import { beamFrame } from '../compute/beamFrame.js';
import type { BeamFrame, BeamRecord, ModelFacts } from '../compute/types.js';
import { BeamTree } from '../parts/BeamTree.js';
import { Picture } from '../parts/Picture.js';
import { ProblemNote } from '../parts/ProblemNote.js';
import { PromptField } from '../parts/PromptField.js';
import { short } from '../parts/percent.js';
import { SettingField } from '../parts/SettingField.js';
import { shownText } from '../parts/shownText.js';
import { textOfNode } from '../pictures/drawBeams.js';
import { BOUNDS, settings } from '../state/settings.js';
import { useAnswer } from '../state/useAnswer.js';

const { prompt, beams, steps, penalty, step } = settings;

/** How long a step is shown when the search is played, in milliseconds. */
const PACE = 350;

/** So many hypotheses are listed; the tree has all. */
const LISTED = 12;

/** A streaming beam search as a tree, step by step. */
export function Beams({ facts }: { facts: ModelFacts | undefined }) {
  const model = facts?.model;
  const asked = useAnswer<'beams'>(
    model === undefined
      ? undefined
      : {
          kind: 'beams',
          ...{ model, prompt: prompt.signal.value, beams: beams.signal.value },
          ...{ maxLength: steps.signal.value, lengthPenalty: penalty.signal.value },
        },
  );
  const record = asked.part ?? asked.answer;
  const last = record ? record.stepStart.length - 2 : 0;
  const shown = step.signal.value < 0 ? last : Math.min(step.signal.value, last);
  const frame = useMemo(() => record && beamFrame(record, shown), [record, shown]);
  const [isPlayed, setPlayed] = useState(false);
  useEffect(() => {
    if (!isPlayed) return undefined;
    const timer = setInterval(() => {
      const next = (step.signal.peek() < 0 ? last : step.signal.peek()) + 1;
      step.signal.value = Math.min(next, last);
      if (next >= last) setPlayed(false);
    }, PACE);
    return () => clearInterval(timer);
  }, [isPlayed, last]);
  const go = (to: number): void => {
    setPlayed(false);
    step.signal.value = Math.min(last, Math.max(0, to));
  };

  return (
    <>
      <p class="explains">
        A beam search follows several beginnings at once, the <strong>beams</strong>, and writes a character as soon as
        all that can still win share it. Step through it to see what it waits for.
      </p>
      <div class="settings">
        <fieldset class="fields">
          <legend>The search</legend>
          <PromptField />
          <SettingField id="beams" label="Beams" setting={beams} bounds={BOUNDS.beams} />
          <SettingField id="steps" label="At most so many steps" setting={steps} bounds={BOUNDS.steps} />
          <SettingField id="penalty" label="Length penalty" step={0.1} setting={penalty} bounds={BOUNDS.penalty} />
        </fieldset>
      </div>
      <ProblemNote problem={asked.problem} />
      {record && frame && (
        <>
          <div class="player">
            <button
              type="button"
              onClick={() => {
                if (!isPlayed && shown >= last) step.signal.value = 0;
                setPlayed(!isPlayed);
              }}
            >
              {isPlayed ? 'Pause' : 'Play'}
            </button>
            <button type="button" disabled={shown <= 0} onClick={() => go(shown - 1)}>
              Back
            </button>
            <button type="button" disabled={shown >= last} onClick={() => go(shown + 1)}>
              Step
            </button>
            <label for="step">Step</label>
            <input
              id="step"
              type="range"
              min={0}
              max={Math.max(1, last)}
              value={shown}
              onInput={({ currentTarget }) => go(currentTarget.valueAsNumber)}
            />
            <output for="step">
              {shown} of {last}
              {record.done ? '' : ' so far'}
            </output>
          </div>
          <p class="committed" aria-live={isPlayed ? 'off' : 'polite'}>
            {record.prompt}
            <strong>{frame.committedText}</strong>
            <span class="note">{frame.contenders.length > 1 ? ' ▏not certain yet' : ''}</span>
          </p>
          <p class="why">{frame.why}</p>
          <Picture title={`A search with ${record.beams} beams after step ${shown}`} name="beams">
            <BeamTree record={record} frame={frame} />
            <p class="legend">
              <b class="sign committed-sign">bold</b> committed
              <span class="sign">plain</span> can still win
              <span class="sign dashed">dashed</span> set aside
              <span class="sign">■</span> the end
            </p>
          </Picture>
          <div class="columns">
            <div class="main">
              <Live record={record} frame={frame} />
            </div>
            <section class="side" aria-label="What is in doubt">
              <Doubt frame={frame} />
              <Aside record={record} frame={frame} />
            </section>
          </div>
        </>
      )}
    </>
  );
}

function Live({ record, frame }: { record: BeamRecord; frame: BeamFrame }) {
  const { live, finished } = frame;
  return (
    <>
      <h2>{live.length > 0 ? `${live.length} live` : 'None is live: the search is over'}</h2>
      {live.length > 0 && (
        <table class="hypotheses">
          <HypothesisHead />
          <tbody>
            {live.slice(0, LISTED).map((node) => (
              <Hypothesis key={node} record={record} node={node} />
            ))}
          </tbody>
        </table>
      )}
      {live.length > LISTED && <p class="note">and {live.length - LISTED} more in the tree</p>}
      {finished.length > 0 && (
        <>
          <h2>{finished.length} finished, the best first</h2>
          <table class="hypotheses">
            <HypothesisHead />
            <tbody>
              {finished.slice(0, 3).map((node) => (
                <Hypothesis key={node} record={record} node={node} isFinished />
              ))}
            </tbody>
          </table>
        </>
      )}
      <p class="note">
        The score is a log-probability in nats, over the length penalty; the bound is the highest score that the
        hypothesis can still reach.
      </p>
    </>
  );
}

function HypothesisHead() {
  return (
    <thead>
      <tr>
        <th scope="col">Hypothesis</th>
        <th scope="col">Score</th>
        <th scope="col">Bound</th>
      </tr>
    </thead>
  );
}

function Hypothesis({ record, node, isFinished = false }: { record: BeamRecord; node: number; isFinished?: boolean }) {
  return (
    <tr>
      <th scope="row" class="text">
        {textOfNode(record, node) || '(nothing)'}
        {isFinished ? ' ■' : ''}
      </th>
      <td>{short(record.score[node] ?? 0)}</td>
      <td>{isFinished ? 'finished' : short(record.bound[node] ?? 0)}</td>
    </tr>
  );
}

function Doubt({ frame }: { frame: BeamFrame }) {
  if (frame.contenders.length < 2) return null;
  return (
    <>
      <h2>What may stand next</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Next</th>
            <th scope="col">Live with it</th>
            <th scope="col">Bound</th>
          </tr>
        </thead>
        <tbody>
          {frame.contenders.slice(0, LISTED).map(({ id, text, hypotheses, bound, isOfFinished }) => (
            <tr key={id}>
              <th scope="row">
                <code>{shownText(text)}</code>
                {isOfFinished && <small> of the finished one</small>}
              </th>
              <td>{hypotheses}</td>
              <td>{short(bound)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Aside({ record, frame }: { record: BeamRecord; frame: BeamFrame }) {
  const latest = frame.aside.filter((one) => one.step === frame.step);
  if (latest.length === 0) return null;
  return (
    <>
      <h2>Set aside in this step</h2>
      <ul class="passages">
        {latest.slice(0, LISTED).map(({ node, why }) => (
          <li key={node}>
            …{textOfNode(record, node).slice(-24)} <small class="note">{why}</small>
          </li>
        ))}
      </ul>
      {latest.length > LISTED && <p class="note">and {latest.length - LISTED} more</p>}
    </>
  );
}
