/** The newest coins. A wallet may hold anything that a stranger wrote, so all of it is set as text, never as markup. */
import { age } from './format.ts';

/** A row of `GET /coins`. */
interface CoinRow {
  readonly hash: string;
  readonly origin: string;
  readonly originBytes: number;
  readonly at: number;
  readonly worker: string;
}

const SHOWN = 10;

/** Fetches and shows them; `now` is the store's clock, Unix time in seconds. */
export async function showNewestCoins(body: HTMLElement, now: number): Promise<void> {
  const response = await fetch(`coins?limit=${SHOWN}`);
  if (!response.ok) return;
  const coins: readonly CoinRow[] = await response.json();
  body.replaceChildren(...coins.map((coin) => row(coin, now)));
}

function row({ hash, origin, originBytes, at, worker }: CoinRow, now: number): HTMLTableRowElement {
  const line = document.createElement('tr');
  const zeros = hash.match(/^0*/)![0];
  const marked = document.createElement('span');
  marked.className = 'zeros';
  marked.textContent = zeros;
  cell(line).append(marked, hash.slice(zeros.length));
  cell(line).textContent = origin;
  cell(line, 'number').textContent = String(originBytes);
  cell(line, 'number').textContent = age(now - at);
  cell(line).textContent = worker;
  return line;
}

function cell(line: HTMLTableRowElement, className = ''): HTMLTableCellElement {
  const made = line.insertCell();
  made.className = className;
  return made;
}
