/** How the mining goes, for whoever started it: a line that stands on a terminal, a log line now and then elsewhere. */
import { CLEAR_LINE, type Log } from '../service/log.ts';
import type { Hub } from '../webui/hub.ts';
import type { Snapshot } from '../webui/snapshot.ts';

const EVERY_SECONDS = 10;

export interface ProgressOptions {
  readonly hub: Hub;
  readonly log: Log;
  readonly pageUrl: string;
}

export function showProgress({ hub, log, pageUrl }: ProgressOptions): { stop: () => void } {
  let stopped = false;
  log.info('page', { url: pageUrl });

  async function run(): Promise<void> {
    for (let seconds = 1;; seconds++) {
      const snapshot = await hub.next();
      if (stopped || !snapshot) return;
      if (process.stderr.isTTY) process.stderr.write(`${CLEAR_LINE}${inWords(snapshot)} · ${pageUrl} · Ctrl-C stops`);
      else if (seconds % EVERY_SECONDS === 0) log.info('progress', inFields(snapshot));
    }
  }

  void run();
  return { stop: () => void (stopped = true) };
}

function inFields({ hash_speed_10s, coins, duplicates, hashes }: Snapshot) {
  return { hashesPerSecond: rounded(hash_speed_10s), hashes, coins, duplicates };
}

function inWords(snapshot: Snapshot): string {
  const { hashesPerSecond, hashes, coins, duplicates } = inFields(snapshot);
  if (hashes === null) return 'the store has not answered yet';
  return `${hashesPerSecond ?? '…'} hashes/s · ${hashes} hashes · ${coins} coins · ${duplicates} duplicates`;
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}
