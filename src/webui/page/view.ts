/** What the graph shows: chosen in its form, kept in the address, so that a reload and a bookmark show the same. */
import type { WindowName } from '../history.ts';
import { place } from './dom.ts';

export interface View {
  readonly show: 'hashes' | 'coins';
  readonly window: WindowName;
  /** The number of coins that origins of 4 bytes can give. */
  readonly ceiling: boolean;
}

export function createView(onChange: () => void): () => View {
  const form = place('view') as HTMLFormElement;

  function current(): View {
    const data = new FormData(form);
    return {
      show: data.get('show') as View['show'],
      window: data.get('window') as WindowName,
      ceiling: data.has('ceiling'),
    };
  }

  function changed(): void {
    const { show } = current();
    place('ceiling-choice').hidden = show !== 'coins';
    history.replaceState(null, '', `#${new URLSearchParams(new FormData(form) as unknown as Record<string, string>)}`);
    onChange();
  }

  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    for (const input of form.querySelectorAll('input')) {
      if (input.name === name && input.value === value) input.checked = true;
    }
  }
  place('ceiling-choice').hidden = current().show !== 'coins';
  form.addEventListener('change', changed);
  form.addEventListener('submit', (event) => event.preventDefault());
  return current;
}
