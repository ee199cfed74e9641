import type { ComponentChildren } from 'preact';
import { settings, type View } from '../state/settings.js';

/** Goes to a view, and keeps all that is set. */
export function ViewLink({ view, children }: { view: View; children: ComponentChildren }) {
  const isHere = settings.view.signal.value === view;
  return (
    <a
      href={`#view=${view}`}
      aria-current={isHere ? 'page' : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        settings.view.signal.value = view;
      }}
    >
      {children}
    </a>
  );
}
