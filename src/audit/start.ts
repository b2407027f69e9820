/** ROLE=audit: verifies the store, prints what it found on stdout, and ends. */
import { readFileSync } from 'node:fs';
import { logSetting, paceSetting, requestTimeoutSetting, storeUrlSetting } from '../service/common-settings.ts';
import { SettingError, type Settings, text, toggle, type Values } from '../service/settings.ts';
import { audit, type AuditReport, COUNTERS, type EarlierLedger } from '../store/audit.ts';
import { openStore } from '../store/open-store.ts';

export const settings = {
  pace: paceSetting,
  log: logSetting,
  storeUrl: storeUrlSetting,
  requestTimeoutMs: requestTimeoutSetting,
  strict: { kind: toggle, default: 'off', meaning: 'coins that no worker of ours had recorded are an error too' },
  json: { kind: toggle, default: 'off', meaning: 'prints the audit as JSON' },
  since: { kind: text(), default: '', meaning: 'the file of an earlier audit (--json): nothing may have become less' },
} satisfies Settings;

/** Gives the exit code: 0 all is right, 1 something is wrong, or could not be read. */
export async function run(values: Values<typeof settings>): Promise<0 | 1> {
  const since = values.since === '' ? {} : { since: readLedger(values.since) };
  const store = await openStore(values.storeUrl, { timeoutMs: values.requestTimeoutMs, mustExist: true });
  try {
    const report = await audit(store, { strict: values.strict, ...since, onProgress: showProgress });
    clearProgress();
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : inWords(report));
    return report.ok ? 0 : 1;
  } catch (error) {
    clearProgress();
    process.stderr.write(`Cannot audit the store: ${(error as Error).message}\n`);
    return 1;
  } finally {
    await store.close();
  }
}

function readLedger(file: string): EarlierLedger {
  try {
    const { ledger } = JSON.parse(readFileSync(file, 'utf8')) as { ledger?: Record<string, unknown> };
    if (ledger && COUNTERS.every((name) => typeof ledger[name] === 'number') && Array.isArray(ledger.workers ?? [])) {
      return ledger as unknown as EarlierLedger;
    }
    throw new SyntaxError('it has no ledger');
  } catch (error) {
    throw new SettingError(`SINCE must be a file that --json of an earlier audit wrote: ${(error as Error).message}`);
  }
}

function inWords({ ok, verified, ledger, foreign, wrongCoins, problems }: AuditReport): string {
  const lines = [
    `verified ${verified} coins: ${wrongCoins} wrong`,
    `coins ${ledger.coins} + duplicates ${ledger.duplicates}, workers recorded ${ledger.recordedCoins}, ` +
    `foreign ${foreign}`,
    `hashes ${ledger.hashes}, workers recorded ${ledger.recordedHashes}`,
    ...problems.map((problem) => `WRONG: ${problem}`),
    ok ? 'The audit holds.' : 'THE AUDIT DOES NOT HOLD.',
  ];
  return `${lines.join('\n')}\n`;
}

function showProgress(verified: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\rverified ${verified} coins …`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}
