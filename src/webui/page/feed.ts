/** The live numbers: follows /events and comes back by itself, also after an answer that ends an EventSource. */
import type { Annotation } from '../history.ts';
import type { CoinRow, Snapshot } from '../snapshot.ts';

export interface FeedListeners {
  readonly onSnapshot: (snapshot: Snapshot) => void;
  readonly onCoins: (coins: readonly CoinRow[]) => void;
  readonly onAnnotations: (annotations: readonly Annotation[]) => void;
  /** It is there, for the first time or again. */
  readonly onOpen: () => void;
  /** Nothing has come for a while. */
  readonly onSilence: () => void;
}

const SILENT_AFTER_MS = 3500;
const RETRY_AFTER_MS = 2000;

export function follow(listeners: FeedListeners): void {
  const { onSnapshot, onCoins, onAnnotations, onOpen, onSilence } = listeners;
  const source = new EventSource('events');
  let silence = setTimeout(onSilence, SILENT_AFTER_MS);
  source.addEventListener('open', onOpen);
  source.addEventListener('message', ({ data }) => {
    clearTimeout(silence);
    silence = setTimeout(onSilence, SILENT_AFTER_MS);
    onSnapshot(JSON.parse(data));
  });
  source.addEventListener('coins', ({ data }) => onCoins(JSON.parse(data)));
  source.addEventListener('annotations', ({ data }) => onAnnotations(JSON.parse(data)));
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(silence);
    onSilence();
    setTimeout(() => follow(listeners), RETRY_AFTER_MS);
  });
}
