import { useMemo, useState } from 'preact/hooks';
import type { HeatMapResult, ModelFacts, Passage, PassagesResult, RankUnitsResult } from '../compute/types.js';
import { Choice } from '../parts/Choice.js';
import { gateNote } from '../parts/gateNotes.js';
import { HeatMap } from '../parts/HeatMap.js';
import { Legend } from '../parts/Legend.js';
import { NumberField } from '../parts/NumberField.js';
import { Picture } from '../parts/Picture.js';
import { ProblemNote } from '../parts/ProblemNote.js';
import { percent, short } from '../parts/percent.js';
import { SettingField } from '../parts/SettingField.js';
import { shownText } from '../parts/shownText.js';
import { TextField } from '../parts/TextField.js';
import { signedTint } from '../parts/tints.js';
import { tokenAt } from '../parts/tokenAt.js';
import { liveliestUnit, scaleOf } from '../pictures/drawHeatMap.js';
import { BOUNDS, settings } from '../state/settings.js';
import { useAnswer } from '../state/useAnswer.js';

const { text, layer, gate, unit, threshold, side, from, to } = settings;

/** How many of the units that match a passage are listed, and how many of them are looked for together. */
const LISTED = 12;

/** What the units of a gate are over a text, and which of them a passage turns on. */
export function Units({ facts }: { facts: ModelFacts | undefined }) {
  const model = facts?.model;
  const now = text.signal.value;
  const place = placeIn(facts);
  const asked = useAnswer<'heatMap'>(
    model === undefined || !place || now === '' ? undefined : { kind: 'heatMap', model, text: now, ...place },
  );
  const map = now === '' ? undefined : asked.answer;
  const isKnown = map !== undefined && map.tokens.text === now && map.gate === place?.gate && map.layer === place.layer;
  const liveliest = useMemo(() => map && liveliestUnit(map), [map]);
  const passage = isKnown ? passageIn(map) : undefined;
  const rule = { threshold: threshold.signal.value ?? map?.threshold ?? 0, side: side.signal.value };
  const ranked = useAnswer<'rankUnits'>(
    model !== undefined && place && passage
      ? { kind: 'rankUnits', model, text: now, ...place, ...rule, from: passage[0], to: passage[1] }
      : undefined,
  );
  const hasPassages = (facts?.passages ?? 0) > 0;
  const found = ranked.answer;
  const ofPassage =
    found && passage && found.from === passage[0] && found.to === passage[1] ? found.units[0] : undefined;
  const byItself = ofPassage ?? liveliest ?? 0;
  const chosen = Math.min(unit.signal.value < 0 ? byItself : unit.signal.value, (map?.width ?? 1) - 1);
  const again = useAnswer<'passages'>(
    model !== undefined && place && isKnown && hasPassages
      ? {
          kind: 'passages',
          ...{ model, ...place, ...rule, units: [chosen] },
          length: passage ? passage[1] - passage[0] : 1,
          count: 6,
        }
      : undefined,
  );
  const scale = map ? scaleOf(map) : 1;
  const valueAt = (token: number): number => map?.values[token * map.width + chosen] ?? 0;
  const [pointed, setPointed] = useState<number>();

  return (
    <>
      <p class="explains">
        A model’s memory is a list of numbers, one for each <strong>unit</strong>. Choose one to see what it does over
        the text; select a passage to find the units that are on there and off elsewhere.
      </p>
      <div class="settings">
        <fieldset class="fields">
          <legend>Which unit</legend>
          {facts && facts.layers.length > 1 && (
            <Choice
              id="layer"
              label="Layer"
              value={String(place?.layer ?? 0)}
              choices={facts.layers.map((_, at) => [String(at), String(at + 1)])}
              onChange={(value) => {
                layer.signal.value = Number(value);
              }}
            />
          )}
          <Choice
            id="gate"
            label="Gate or state"
            value={place?.gate ?? ''}
            choices={(facts?.layers[place?.layer ?? 0] ?? []).map(({ name, isState }) => [
              name,
              isState ? `${name}, of the state` : name,
            ])}
            onChange={(value) => {
              gate.signal.value = value;
            }}
          />
          <NumberField
            id="unit"
            label="Unit"
            value={chosen}
            bounds={{ min: 0, max: Math.max(0, (map?.width ?? 1) - 1), integer: true }}
            onChange={(value) => {
              if (value !== undefined) unit.signal.value = value;
            }}
          />
        </fieldset>
        <fieldset class="fields">
          <legend>When it counts as on</legend>
          <Choice
            id="side"
            label="On"
            value={side.signal.value}
            choices={[
              ['above', 'above'],
              ['below', 'below'],
            ]}
            onChange={(value) => {
              side.signal.value = value;
            }}
          />
          <SettingField
            id="threshold"
            label="Threshold"
            placeholder={map ? short(map.threshold) : ''}
            setting={threshold}
            bounds={BOUNDS.value}
          />
        </fieldset>
      </div>
      {facts && place && gateNote(facts.cell, place.gate) && <p class="note">{gateNote(facts.cell, place.gate)}</p>}
      <Picture title={`Text, coloured by unit ${chosen} of ${place?.gate ?? ''}`} name="unit">
        <TextField
          id="text"
          label="Text"
          help="units-help"
          text={now}
          tokens={map?.tokens}
          tintOf={(token) =>
            `${signedTint(valueAt(token) / scale)}${passage && token >= passage[0] && token < passage[1] ? ' chosen' : ''}`
          }
          onInput={(value) => {
            text.signal.value = value;
          }}
          onPoint={setPointed}
          onSelect={(first, last) => {
            if (first === last) return;
            from.signal.value = first;
            to.signal.value = last;
            // The one that matches best, until another is chosen.
            unit.signal.value = -1;
          }}
        />
        <Legend
          what={`Unit ${chosen}`}
          low={scale === 1 && (map?.low ?? -1) >= 0 ? '0' : short(-scale)}
          high={short(scale)}
          names={scale === 1 && (map?.low ?? -1) >= 0 ? ['hot'] : ['cold', 'hot']}
        />
      </Picture>
      <p id="units-help" class="note" role="status">
        {now === ''
          ? 'Write something.'
          : isKnown && pointed !== undefined
            ? `Once it has read “${shownText(now.slice(map.tokens.starts[pointed], map.tokens.starts[pointed + 1]))}”, unit ${chosen} is ${valueAt(pointed).toFixed(3)}.`
            : 'Select a passage with the mouse, or with Shift and the arrow keys.'}
      </p>
      <ProblemNote problem={asked.problem} />
      <div class="columns">
        <div class="main">
          {map && (
            <Picture title={`Every unit of ${map.gate} over the text`} name="heat-map">
              <HeatMap
                map={map}
                unit={chosen}
                passage={passage}
                label="Heat map of all units"
                onUnit={(value) => {
                  unit.signal.value = value;
                }}
              />
            </Picture>
          )}
        </div>
        <section class="side" aria-label="Units and passages">
          <h2>{passage ? `On in “${shownText(passageText(map, passage))}”` : 'On in a passage'}</h2>
          {passage ? <Ranked ranked={ranked.answer} chosen={chosen} /> : <p class="note">No passage is selected.</p>}
          {passage && (
            <button
              type="button"
              class="quiet"
              onClick={() => {
                from.signal.value = -1;
                to.signal.value = -1;
              }}
            >
              Select nothing
            </button>
          )}
          <ProblemNote problem={ranked.problem} />
          <h2>Where unit {chosen} is on in held-out text</h2>
          {facts && !hasPassages ? (
            <p class="note">
              This model comes without held-out text (<code>passages.txt</code> of its run), so there is none to look
              in.
            </p>
          ) : (
            <Again result={again.part ?? again.answer} isAwaited={again.isAwaited} />
          )}
          <ProblemNote problem={again.problem} />
        </section>
      </div>
    </>
  );
}

/** The gate that is set, or the first part of the state where the model has no such gate. */
function placeIn(facts: ModelFacts | undefined): { layer: number; gate: string } | undefined {
  if (!facts) return undefined;
  const at = Math.min(layer.signal.value, facts.layers.length - 1);
  const gates = facts.layers[at] ?? [];
  const found =
    gates.find(({ name }) => name === gate.signal.value) ?? gates.find(({ isState }) => isState) ?? gates[0];
  return found && { layer: at, gate: found.name };
}

/** The tokens that are selected. */
function passageIn({ tokens }: HeatMapResult): readonly [number, number] | undefined {
  const [first, last] = [from.signal.value, Math.min(to.signal.value, tokens.text.length)];
  if (first < 0 || last <= first) return undefined;
  return [tokenAt(tokens, first), Math.min(tokenAt(tokens, last - 1) + 1, tokens.starts.length - 1)];
}

function passageText(map: HeatMapResult | undefined, [first, last]: readonly [number, number]): string {
  return map ? map.tokens.text.slice(map.tokens.starts[first], map.tokens.starts[last]) : '';
}

function Ranked({ ranked, chosen }: { ranked: RankUnitsResult | undefined; chosen: number }) {
  if (!ranked) return null;
  const { units, elsewhere, mean } = ranked;
  if (units.length === 0) return <p class="note">No unit is on throughout that passage: try another threshold.</p>;
  return (
    <>
      <p class="note">
        {units.length} {units.length === 1 ? 'unit is' : 'units are'} on throughout; those first that are seldom on
        elsewhere.
      </p>
      <ol class="ranked">
        {[...units.subarray(0, LISTED)].map((one, at) => (
          <li key={one}>
            <button
              type="button"
              aria-pressed={one === chosen}
              onClick={() => {
                unit.signal.value = one;
              }}
            >
              Unit {one}
            </button>{' '}
            <span>
              elsewhere {percent(elsewhere[at] ?? 0)}, mean {short(mean[at] ?? 0)}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function Again({ result, isAwaited }: { result: PassagesResult | undefined; isAwaited: boolean }) {
  if (!result) return <p class="note">{isAwaited ? 'Reading held-out text …' : ''}</p>;
  const { passages, found, read, total } = result;
  return (
    <>
      <p class="note" role="status">
        {found.toLocaleString('en')} {found === 1 ? 'passage' : 'passages'}
        {read < total
          ? ` in ${read.toLocaleString('en')} of ${total.toLocaleString('en')} characters so far`
          : `, the longest first`}
        .
      </p>
      <ul class="passages">
        {passages.map((passage) => (
          <li key={passage.offset}>
            <Shown {...passage} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Shown({ text: around, from: first, to: last }: Passage) {
  return (
    <>
      …{around.slice(0, first)}
      <mark>{around.slice(first, last)}</mark>
      {around.slice(last)}…
    </>
  );
}
