import { useState } from 'preact/hooks';
import { chooseFiles } from '../compute/chooseFiles.js';
import type { ComputeProblem, GivenFile } from '../compute/types.js';
import { wordsOf } from '../parts/ModelNote.js';
import { ProblemNote } from '../parts/ProblemNote.js';
import { type DroppedFile, picked, readDropped } from '../parts/readDropped.js';
import { ViewLink } from '../parts/ViewLink.js';
import { hashOf } from '../state/address.js';
import { isOneFile } from '../state/listModels.js';
import { isUrl, offerUrl } from '../state/offerModels.js';
import { page } from '../state/page.js';
import { problemOf } from '../state/problemOf.js';
import { settings } from '../state/settings.js';

/** What makes a picker one of directories; types do not know it. */
const OF_DIRECTORIES = { webkitdirectory: true };

/** Models of one's own, and what can be taken away. */
export function Yours() {
  const [problem, setProblem] = useState<ComputeProblem>();
  const [isOver, setOver] = useState(false);
  const [url, setUrl] = useState('');
  const [isCopied, setCopied] = useState<boolean>();
  const current = page.models.current.value;

  const openFiles = async (reading: DroppedFile[] | Promise<DroppedFile[]>): Promise<void> => {
    setProblem(undefined);
    try {
      const refused = await offerFiles(await reading);
      setProblem(refused);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };

  return (
    <>
      <p class="explains">
        Look at a model that <code>babblebrook train</code> made: drop the <strong>directory of its run</strong> here.
        It stays in this browser.
      </p>
      <div class="columns">
        <div class="main">
          {/* biome-ignore lint/a11y/noStaticElementInteractions: what is dropped can be chosen by the buttons, too. */}
          <div
            class={`drop${isOver ? ' over' : ''}`}
            onDragOver={(event) => {
              event.preventDefault();
              setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={(event) => {
              event.preventDefault();
              setOver(false);
              if (event.dataTransfer) void openFiles(readDropped(event.dataTransfer));
            }}
          >
            <p>Drop a run directory, or the files of a saved model, or choose them:</p>
            <div class="buttons">
              <label class="file">
                A directory{' '}
                <input
                  id="directory"
                  type="file"
                  {...OF_DIRECTORIES}
                  onChange={({ currentTarget }) => void openFiles(picked(currentTarget.files ?? []))}
                />
              </label>
              <label class="file">
                Files{' '}
                <input
                  id="files"
                  type="file"
                  multiple
                  onChange={({ currentTarget }) => void openFiles(picked(currentTarget.files ?? []))}
                />
              </label>
            </div>
          </div>
          <form
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              const address = url.trim();
              if (!isUrl(address)) {
                setProblem({
                  kind: 'input',
                  message: `Expected the URL of a run's directory, which begins with http:// or https://, got ${address || 'nothing'}`,
                  advice: '',
                });
                return;
              }
              setProblem(undefined);
              settings.model.signal.value = address;
              offerUrl(address);
              void page.models.open(address);
            }}
          >
            <fieldset class="fields">
              <legend>Or give its URL</legend>
              <div class="number wide">
                <label for="url">URL of the directory</label>
                <input
                  id="url"
                  type="url"
                  inputMode="url"
                  autocomplete="off"
                  placeholder="https://example.org/runs/speech/best"
                  value={url}
                  disabled={isOneFile()}
                  onInput={({ currentTarget }) => setUrl(currentTarget.value)}
                />
              </div>
              <button type="submit" disabled={isOneFile()}>
                Open
              </button>
            </fieldset>
            {isOneFile() && (
              <p class="note">This page is one file and may ask nobody for anything: choose the files instead.</p>
            )}
          </form>
          <ProblemNote problem={problem} />
        </div>
        <section class="side" aria-label="Models">
          <h2>Models here</h2>
          <ul class="models">
            {page.models.listed.value.map(({ name, title }) => (
              <li key={name}>
                <button
                  type="button"
                  aria-pressed={name === current?.name}
                  onClick={() => {
                    settings.model.signal.value = name;
                    void page.models.open(name);
                  }}
                >
                  {title}
                </button>
                <p class="note" role="status">
                  {wordsOf(page.models.stateOf(name).value)}
                </p>
                <Problem name={name} />
              </li>
            ))}
          </ul>
          {current && page.models.stateOf(current.name).value.is !== 'refused' && (
            <p>
              Look at it: <ViewLink view="write">Write</ViewLink>, <ViewLink view="units">Units</ViewLink>,{' '}
              <ViewLink view="memory">Memory</ViewLink>, <ViewLink view="beams">Beams</ViewLink>,{' '}
              <ViewLink view="steer">Steer</ViewLink>.
            </p>
          )}
        </section>
      </div>
      <h2>To take away</h2>
      <p>
        <button
          type="button"
          onClick={() => {
            const address = location.href.replace(/#.*$/, '') + hashOf();
            navigator.clipboard.writeText(address).then(
              () => setCopied(true),
              () => setCopied(false),
            );
          }}
        >
          Copy a link to what is shown
        </button>{' '}
        <span role="status">
          {isCopied === true
            ? 'Copied.'
            : isCopied === false
              ? 'This browser does not let a page copy: take the address.'
              : ''}
        </span>
      </p>
      {current && !current.isInLinks && (
        <p class="note">
          “{current.title}” was dropped here: a link has all that is set, and not the model. Whoever follows it drops
          it, too.
        </p>
      )}
      <p>
        <code>npx babblebrook page --run DIR --out page.html</code> writes this page with a model inside, as one file
        that works from disk and without network. Each picture has a button that saves it as SVG.
      </p>
    </>
  );
}

function Problem({ name }: { name: string }) {
  const state = page.models.stateOf(name).value;
  return state.is === 'refused' ? (
    <ProblemNote problem={state.problem}>
      <button type="button" onClick={() => void page.models.retry(name)}>
        Try again
      </button>
    </ProblemNote>
  ) : null;
}

/** Offers the model that is among files, and looks at it; gives what is wrong with them. */
async function offerFiles(dropped: readonly DroppedFile[]): Promise<ComputeProblem | undefined> {
  const chosen = chooseFiles(dropped.map(({ path, file }) => ({ path, size: file.size })));
  if ('problem' in chosen) return chosen.problem;
  const source: GivenFile[] = [];
  for (const { path } of chosen.files) {
    const found = dropped.find((one) => one.path === path);
    if (found) source.push({ name: found.file.name, bytes: new Uint8Array(await found.file.arrayBuffer()) });
  }
  const name = newName(chosen.folder || 'dropped files');
  const title = chosen.others.length > 0 ? `${name}, beside ${chosen.others.join(', ')}` : name;
  page.models.add({ name, title, source, isInLinks: false });
  settings.model.signal.value = name;
  await page.models.open(name);
  return undefined;
}

/** A name that no model here has: what is known of one is not what is known of another. */
function newName(wanted: string): string {
  const taken = page.models.listed.peek().map(({ name }) => name);
  let name = wanted;
  for (let count = 2; taken.includes(name); count++) name = `${wanted} (${count})`;
  return name;
}
