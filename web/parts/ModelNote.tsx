import type { ModelState } from '../state/models.js';
import { page } from '../state/page.js';
import { settings } from '../state/settings.js';
import { Choice } from './Choice.js';
import { ProblemNote } from './ProblemNote.js';
import { ViewLink } from './ViewLink.js';

/** Which model is looked at, and how far it is. */
export function ModelNote() {
  const { listed, current } = page.models;
  const model = current.value;
  const wanted = settings.model.signal.value;
  const choices = listed.value.map(({ name, title }) => [name, title] as const);
  const isMissing = !model && wanted !== '';
  return (
    <div class="model">
      {choices.length > 0 && (
        <Choice
          id="model"
          label="Model"
          value={model?.name ?? ''}
          choices={isMissing ? [['', 'choose one'], ...choices] : choices}
          onChange={(name) => {
            settings.model.signal.value = name;
          }}
        />
      )}
      {isMissing && (
        <p class="problem" role="alert">
          The address names the model “{wanted}”, which this page does not have. Choose another, or open it in{' '}
          <ViewLink view="yours">Yours</ViewLink>.
        </p>
      )}
      {model && <Standing name={model.name} />}
    </div>
  );
}

function Standing({ name }: { name: string }) {
  const state = page.models.stateOf(name).value;
  return (
    <>
      <p class="standing" role="status">
        {wordsOf(state)}
      </p>
      {state.is === 'refused' && (
        <ProblemNote problem={state.problem}>
          <button type="button" onClick={() => void page.models.retry(name)}>
            Try again
          </button>
        </ProblemNote>
      )}
    </>
  );
}

/** How far a model is, in a line. */
export function wordsOf(state: ModelState): string {
  if (state.is === 'opening') {
    const { file, loadedBytes = 0, totalBytes } = state.progress ?? {};
    if (!file) return 'Opening …';
    const of = totalBytes === undefined ? '' : ` of ${kilobytes(totalBytes)}`;
    return `Opening: ${file}, ${kilobytes(loadedBytes)}${of}`;
  }
  if (state.is !== 'open') return '';
  const { cell, layers, hiddenSize, vocabularySize, kernel } = state.facts;
  const size = `${cell.toUpperCase()}, ${layers.length === 1 ? '' : `${layers.length} layers of `}${hiddenSize} units, ${vocabularySize} tokens`;
  return kernel === 'plain' ? `${size}. There is no WebAssembly with vectors here: all is some ten times slower` : size;
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000).toLocaleString('en')} kB`;
}
