import { useEffect } from 'preact/hooks';
import type { ModelFacts } from '../compute/types.js';
import { page } from './page.js';

/** What is known of the model that is looked at, which is opened for it; `undefined`: it is not open, and the page says why. */
export function useModel(): ModelFacts | undefined {
  const name = page.models.current.value?.name;
  useEffect(() => {
    if (name !== undefined) void page.models.open(name);
  }, [name]);
  return page.models.factsOf(name);
}
