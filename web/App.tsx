import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ModelFacts } from './compute/types.js';
import { ModelNote } from './parts/ModelNote.js';
import { ThemeChoice } from './parts/ThemeChoice.js';
import { ViewLink } from './parts/ViewLink.js';
import { isListed } from './state/offerModels.js';
import { page } from './state/page.js';
import { settings, VIEWS, type View } from './state/settings.js';
import { useModel } from './state/useModel.js';
import { Beams } from './views/Beams.js';
import { Memory } from './views/Memory.js';
import { Steer } from './views/Steer.js';
import { Units } from './views/Units.js';
import { Write } from './views/Write.js';
import { Yours } from './views/Yours.js';

/** What a view is called, and what shows it. */
const SHOWN: Readonly<Record<View, { title: string; View: ComponentType<{ facts: ModelFacts | undefined }> }>> = {
  write: { title: 'Write', View: Write },
  units: { title: 'Units', View: Units },
  memory: { title: 'Memory', View: Memory },
  beams: { title: 'Beams', View: Beams },
  steer: { title: 'Steer', View: Steer },
  yours: { title: 'Yours', View: Yours },
};

/** Views that say themselves which models they look at. */
const OWN_MODELS: readonly View[] = ['memory', 'yours'];

/** The page: which view is looked at, which model, and the view. */
export function App() {
  const view = settings.view.signal.value;
  const { View, title } = SHOWN[view];
  const facts = useModel();
  useEffect(() => {
    document.title = `${title}: see a language model think`;
  }, [title]);
  const isWithout = isListed.value && page.models.listed.value.length === 0;
  return (
    <>
      <header>
        <button type="button" class="skip" onClick={() => document.getElementById('view')?.focus()}>
          Skip to the view
        </button>
        <h1>
          <span class="brand">babblebrook</span> See a language model think
        </h1>
        <ThemeChoice />
        <nav aria-label="Views">
          {VIEWS.map((name) => (
            <ViewLink key={name} view={name}>
              {SHOWN[name].title}
            </ViewLink>
          ))}
        </nav>
      </header>
      <main id="view" tabIndex={-1} aria-label={title}>
        {!OWN_MODELS.includes(view) && <ModelNote />}
        {isWithout && view !== 'yours' && (
          <p class="problem" role="alert">
            There is no model here. Open one in <ViewLink view="yours">Yours</ViewLink>.
          </p>
        )}
        <View facts={facts} />
      </main>
      <footer>
        <p>
          All is computed in this browser, in a worker beside the page; what is written here is sent nowhere. The
          address has all that is set, so that a link shows the same.
        </p>
      </footer>
    </>
  );
}
