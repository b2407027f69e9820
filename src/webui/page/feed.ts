/** The live numbers: follows /events and comes back by itself, also after an answer that ends an EventSource. */
import type { Snapshot } from '../snapshot.ts';

export interface FeedListeners {
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** Nothing has come for a while. */
  readonly onSilence: () => void;
}

const SILENT_AFTER_MS = 3500;
const RETRY_AFTER_MS = 2000;

export function follow({ onSnapshot, onSilence }: FeedListeners): void {
  const source = new EventSource('events');
  let silence = setTimeout(onSilence, SILENT_AFTER_MS);
  source.addEventListener('message', ({ data }) => {
    clearTimeout(silence);
    silence = setTimeout(onSilence, SILENT_AFTER_MS);
    onSnapshot(JSON.parse(data));
  });
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(silence);
    onSilence();
    setTimeout(() => follow({ onSnapshot, onSilence }), RETRY_AFTER_MS);
  });
}
