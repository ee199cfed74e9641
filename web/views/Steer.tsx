import { useState } from 'preact/hooks';
import type { ModelFacts, PinnedUnit, SampledText } from '../compute/types.js';
import { Choice } from '../parts/Choice.js';
import { gateNote } from '../parts/gateNotes.js';
import { Legend } from '../parts/Legend.js';
import { NumberField } from '../parts/NumberField.js';
import { Picture } from '../parts/Picture.js';
import { ProblemNote } from '../parts/ProblemNote.js';
import { PromptField } from '../parts/PromptField.js';
import { SamplingFields } from '../parts/SamplingFields.js';
import { SettingField } from '../parts/SettingField.js';
import { TintedText } from '../parts/TintedText.js';
import { MOST_SURPRISE, surpriseTint } from '../parts/tints.js';
import { samplingNow } from '../state/samplingNow.js';
import { BOUNDS, settings } from '../state/settings.js';
import { useAnswer } from '../state/useAnswer.js';

const { prompt, pins, seed, length, layer, gate } = settings;

/** A text that a model writes while some of its units are held, beside the one that it writes by itself. */
export function Steer({ facts }: { facts: ModelFacts | undefined }) {
  const model = facts?.model;
  const held = facts ? pins.signal.value.filter((pin) => isThere(facts, pin)) : [];
  const asked = useAnswer<'steer'>(
    model === undefined
      ? undefined
      : {
          kind: 'steer',
          ...{ model, prompt: prompt.signal.value, sampling: samplingNow(), pins: held },
          ...{ seed: seed.signal.value, maxLength: length.signal.value },
        },
  );
  const result = asked.part ?? asked.answer;
  return (
    <>
      <p class="explains">
        Hold a unit, or a whole gate, at a value while the model writes: both texts are drawn with the{' '}
        <strong>same seed</strong>, so all that differs is due to what is held.
      </p>
      <div class="settings">
        <fieldset class="fields">
          <legend>What it writes</legend>
          <PromptField />
          <SettingField id="seed" label="Seed" setting={seed} bounds={BOUNDS.seed} />
          <SettingField id="length" label="At most so many tokens" setting={length} bounds={BOUNDS.length} />
        </fieldset>
        <SamplingFields />
      </div>
      {facts && <PinFields facts={facts} />}
      <Held held={pins.signal.value} facts={facts} />
      <ProblemNote problem={asked.problem} />
      {result && (
        <Picture title="The same seed, with and without what is held" name="steer">
          <div class="pair">
            <Written title="As the model writes" text={result.free} parts={result.parts} />
            {result.pinned ? (
              <Written title="With what is held" text={result.pinned} parts={result.parts} />
            ) : (
              <section>
                <h2>With what is held</h2>
                <p class="note">
                  {pins.signal.value.length === 0
                    ? 'Nothing is held yet: choose a unit above.'
                    : 'This model has nothing of what is held: choose a unit of it above.'}
                </p>
              </section>
            )}
          </div>
          <Legend what="Surprise" low="0 nats" high={`${MOST_SURPRISE} nats and more`} names={['hot']} />
        </Picture>
      )}
      <p class="note" role="status">
        {result?.pinned
          ? result.parts === undefined
            ? 'Both texts are the same so far.'
            : result.parts === 0
              ? 'They part at the first token.'
              : `They are the same for ${result.parts} ${result.parts === 1 ? 'token' : 'tokens'}, and then part.`
          : ''}
      </p>
    </>
  );
}

function isThere(facts: ModelFacts, pin: PinnedUnit): boolean {
  const found = facts.layers[pin.layer]?.find(({ name }) => name === pin.gate);
  return found !== undefined && (pin.unit === undefined || pin.unit < found.width);
}

function PinFields({ facts }: { facts: ModelFacts }) {
  const at = Math.min(layer.signal.value, facts.layers.length - 1);
  const gates = facts.layers[at] ?? [];
  const found =
    gates.find(({ name }) => name === gate.signal.value) ?? gates.find(({ isState }) => isState) ?? gates[0];
  const [unit, setUnit] = useState<number | undefined>(0);
  const [value, setValue] = useState(1);
  if (!found) return null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const place = { layer: at, gate: found.name, value };
        const pin = unit === undefined ? place : { ...place, unit };
        pins.signal.value = [...pins.signal.value.filter((one) => !isSame(one, pin)), pin];
      }}
    >
      <fieldset class="fields">
        <legend>Hold</legend>
        {facts.layers.length > 1 && (
          <Choice
            id="pin-layer"
            label="Layer"
            value={String(at)}
            choices={facts.layers.map((_, index) => [String(index), String(index + 1)])}
            onChange={(chosen) => {
              layer.signal.value = Number(chosen);
            }}
          />
        )}
        <Choice
          id="pin-gate"
          label="Gate or state"
          value={found.name}
          choices={gates.map(({ name, isState }) => [name, isState ? `${name}, of the state` : name])}
          onChange={(chosen) => {
            gate.signal.value = chosen;
          }}
        />
        <NumberField
          id="pin-unit"
          label="Unit; empty: all"
          isOptional
          placeholder="all"
          value={unit}
          bounds={{ min: 0, max: found.width - 1, integer: true }}
          onChange={setUnit}
        />
        <NumberField
          id="pin-value"
          label="At"
          step={0.1}
          value={value}
          bounds={BOUNDS.value}
          onChange={(chosen) => {
            if (chosen !== undefined) setValue(chosen);
          }}
        />
        <button type="submit">Hold it</button>
      </fieldset>
      {gateNote(facts.cell, found.name) && <p class="note">{gateNote(facts.cell, found.name)}</p>}
    </form>
  );
}

function isSame(one: PinnedUnit, other: PinnedUnit): boolean {
  return one.layer === other.layer && one.gate === other.gate && one.unit === other.unit;
}

function Held({ held, facts }: { held: readonly PinnedUnit[]; facts: ModelFacts | undefined }) {
  if (held.length === 0) return null;
  return (
    <ul class="held" aria-label="What is held">
      {held.map((pin) => (
        <li key={`${pin.layer} ${pin.gate} ${pin.unit}`}>
          <span>
            {facts && facts.layers.length > 1 ? `layer ${pin.layer + 1}, ` : ''}
            <code>{pin.gate}</code>, {pin.unit === undefined ? 'all units' : `unit ${pin.unit}`}, at {pin.value}
            {facts && !isThere(facts, pin) ? ' (this model has no such unit)' : ''}
          </span>{' '}
          <button
            type="button"
            class="quiet"
            onClick={() => {
              pins.signal.value = pins.signal.value.filter((one) => one !== pin);
            }}
          >
            Let go
            <span class="visually-hidden">
              {' '}
              of {pin.gate} {pin.unit ?? ''}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Written({ title, text, parts }: { title: string; text: SampledText; parts: number | undefined }) {
  const begins = prompt.signal.value;
  return (
    <section>
      <h2>{title}</h2>
      <p class="begins">{begins}</p>
      <TintedText
        label={title}
        tokens={text.tokens}
        tintOf={(token) =>
          `${surpriseTint(text.surprise[token] ?? 0)}${parts !== undefined && token >= parts ? ' parted' : ''}`
        }
      />
      {text.isComplete && <p class="note">The model ended it.</p>}
    </section>
  );
}
