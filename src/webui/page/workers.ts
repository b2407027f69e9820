/** Which worker runs on which machine, in the colour of its version: a rolling update shows as colours that change. */
import type { Snapshot, WorkerRow } from '../snapshot.ts';
import { keepList, make, place, write } from './dom.ts';
import { age, perSecond, plural } from './format.ts';

/** A worker reports once a second: after this long without it says so. */
const SILENT_SECONDS = 3;

interface Machine {
  readonly name: string;
  readonly workers: readonly ShownWorker[];
}

interface ShownWorker extends WorkerRow {
  /** What it says, or since when it says nothing. */
  readonly text: string;
  readonly isMissing: boolean;
}

export function createWorkers(): (snapshot: Snapshot) => void {
  const showVersions = createVersions();
  const showMachines = keepList<Machine, ReturnType<typeof makeMachine>>(place('machines'), {
    keyOf: ({ name }) => name,
    make: makeMachine,
    elementOf: ({ machine }) => machine,
    update: ({ showWorkers }, { workers }) => showWorkers(workers),
  });
  return (snapshot) => {
    const all = [
      ...snapshot.workers.map((worker) => ({ ...worker, ...present(worker, snapshot) })),
      ...snapshot.gone.map((worker) => ({
        ...worker,
        text: `gone for ${age(snapshot.now - worker.lastSeen)}`,
        isMissing: true,
      })),
    ].sort((a, b) => a.id < b.id ? -1 : 1);
    const machines = [...Map.groupBy(all, ({ node }) => node)].map(([name, workers]) => ({ name, workers }));
    showMachines(machines.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })));
    showVersions(snapshot.workers);
  };
}

function present({ rate, lastSeen }: WorkerRow, { now, upstreams: { store } }: Snapshot) {
  const silence = age(now - lastSeen);
  // Without the store nobody hears of them, however well they are.
  if (store.ok === false) return { text: `${perSecond(rate)}/s, ${silence} ago`, isMissing: false };
  if (now - lastSeen > SILENT_SECONDS) return { text: `silent for ${silence}`, isMissing: true };
  return { text: `${perSecond(rate)}/s`, isMissing: false };
}

function makeMachine({ name }: Machine) {
  const list = make('ul');
  const machine = make('li', 'machine', make('h3', '', make('bdi', '', name)), list);
  const showWorkers = keepList<ShownWorker, ReturnType<typeof makeWorker>>(list, {
    keyOf: ({ id }) => id,
    make: makeWorker,
    elementOf: ({ worker }) => worker,
    update: ({ worker, rate, about }, shown) => {
      worker.style.borderLeftColor = shown.colour;
      worker.classList.toggle('gone', shown.isMissing);
      write(rate, shown.text);
      const { version, kernel, threads, loops } = shown;
      write(about, `${version} · ${kernel} · ${plural(threads, 'thread')} · ${plural(loops, 'loop')}`);
    },
  });
  return { machine, showWorkers };
}

function makeWorker({ id, host, node }: ShownWorker) {
  const [rate, about] = [make('b'), make('span', 'about')];
  const worker = make('li', 'worker', rate, ' ', make('bdi', 'host', host === node ? '' : host), about);
  worker.title = id;
  return { worker, rate, about };
}

function createVersions(): (workers: readonly WorkerRow[]) => void {
  const show = keepList<readonly WorkerRow[], { version: HTMLElement; text: HTMLElement }>(place('versions'), {
    keyOf: ([first]) => `${first!.version} ${first!.colour}`,
    make: ([first]) => {
      const [swatch, text] = [make('span', 'swatch'), make('span')];
      swatch.style.backgroundColor = first!.colour;
      return { version: make('span', 'version', swatch, ' ', text), text };
    },
    elementOf: ({ version }) => version,
    update: ({ text }, workers) => write(text, `${workers.length} × version ${workers[0]!.version}`),
  });
  return (workers) =>
    show([...Map.groupBy(workers, ({ version, colour }) => `${version} ${colour}`)].sort().map(([, own]) => own));
}
