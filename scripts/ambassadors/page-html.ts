/** The page as HTML: one table for each service that is called, one row for each way to it. */
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { Reading } from './settle.ts';
import { isUp, type ListenerStatistics, type ServerStatistics } from './statistics.ts';
import type { Wanted } from './wanted.ts';

export interface Picture {
  readonly readings: readonly Reading[];
  readonly wanted: readonly Wanted[];
}

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

const STYLE = `
:root { color-scheme: light dark; font: 18px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; background: Canvas; color: CanvasText; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; }
th:nth-child(1) { width: 30%; } th:nth-child(2) { width: 6rem; text-align: right; }
td, th { overflow-wrap: anywhere; }
th, td { text-align: left; padding: .3rem 1.2rem .3rem 0; vertical-align: top; border-top: 1px solid GrayText; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.server { display: grid; grid-template-columns: 14rem 1fr 4rem; gap: .6rem; align-items: center; }
.bar { background: #2a78d6; height: .9rem; min-width: 1px; border-radius: 2px; }
.down .bar { background: none; } .down, .trouble { color: #c62828; } .down span:first-child { text-decoration: line-through; }
.count { text-align: right; font-variant-numeric: tabular-nums; }
@media (prefers-color-scheme: dark) { .down, .trouble { color: #ff8a80; } .bar { background: #6aa9f0; } }
`;

/** Asks for the content again every two seconds; while nobody answers, it says so. */
const SCRIPT = `
setInterval(async () => {
  const trouble = document.querySelector('#trouble');
  try {
    const answer = await fetch('/content');
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    document.querySelector('main').innerHTML = text;
    trouble.textContent = '';
  } catch (error) { trouble.textContent = 'not up to date: ' + error.message; }
}, 2000);
`;

export function renderPage(project: string, content: Html): Html {
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Ambassadors of ${project}</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body>
        <h1>Ambassadors of ${project}</h1>
        <p id="trouble" class="trouble" role="status"></p>
        <main>${content}</main>
        <script>${raw(SCRIPT)}</script>
      </body>
    </html>
  `;
}

export function renderContent({ readings, wanted }: Picture): Html {
  const byName = new Map(wanted.map((one) => [one.name, one]));
  const services = Map.groupBy(readings, ({ proxy }) => byName.get(proxy.container.name)?.service ?? 'nobody');
  if (readings.length === 0) return html`<p>There is none yet: ./scripts/ambassadors.mjs apply</p>`;
  return html`${
    [...services].sort(([a], [b]) => a.localeCompare(b)).map(([service, own]) =>
      html`
        <h2>${service}</h2>
        <table>
          <thead>
            <tr>
              <th scope="col">called by</th>
              <th scope="col">on its way</th>
              <th scope="col">instances, and the requests that each has got</th>
            </tr>
          </thead>
          <tbody>${own.map((reading) =>
            renderRow(reading, byName.get(reading.proxy.container.name)?.consumer?.container.name)
          )}</tbody>
        </table>
      `
    )
  }`;
}

function renderRow({ proxy, listeners, reason }: Reading, consumer = 'all'): Html {
  const { name } = proxy.container;
  const who = html`<a href="/haproxy/${encodeURIComponent(name)}/">${consumer}</a>`;
  if (!listeners) {
    return html`
      <tr>
        <td>${who}</td>
        <td></td>
        <td class="trouble">${reason}</td>
      </tr>
    `;
  }
  const sessions = listeners.reduce((sum, { current }) => sum + current, 0);
  return html`
    <tr>
      <td>${who}</td>
      <td class="number">${sessions}</td>
      <td>${listeners.map(renderListener)}</td>
    </tr>
  `;
}

function renderListener({ port, mode, servers }: ListenerStatistics): Html {
  const most = Math.max(1, ...servers.map(({ total }) => total));
  const what = mode === 'tcp' ? html`<div>port ${port}, connections</div>` : '';
  if (servers.length === 0) return html`${what}<div class="trouble">nobody is there</div>`;
  return html`${what}${servers.map((server) => renderServer(server, most))}`;
}

function renderServer(server: ServerStatistics, most: number): Html {
  const { name, total, isChecked } = server;
  const isDown = isChecked && !isUp(server);
  const width = (total / most * 100).toFixed(1);
  return html`<div class="server${isDown ? ' down' : ''}"><span>${name}${isDown ? ' (down)' : ''}</span>
<span><div class="bar" style="width: ${width}%"></div></span><span class="count">${total}</span></div>`;
}
