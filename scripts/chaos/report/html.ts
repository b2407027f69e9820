/** The report as one HTML file that needs no other, no script and no network, whatever stands in the journal. */
import { raw } from 'hono/html';
import type { Written } from '../journal.ts';
import { type ChartOptions, hatch, renderChart } from './chart.ts';
import type { Contents, Figure, Text } from './contents.ts';
import type { Measures } from './measure.ts';
import { type Markup, markup } from '../../lib/markup.ts';
import { STYLE } from './style.ts';
import type { Table } from './tables.ts';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export function renderHtml(entries: readonly Written[], measures: Measures, contents: Contents): string {
  const { title, figures, tried, found, tables, replay } = contents;
  return String(markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<h1 class="${measures.outcome === 'held' ? 'good' : 'bad'}">${title}</h1>
<dl class="figures">
${figures.map(renderFigure)}</dl>
<figure>
${CHARTS.map((options) => renderChart(entries, measures, options))}
${LEGEND}
</figure>
<p>${tried.map(renderText)}</p>
<p>${found.map(renderText)}</p>
${tables.map(renderTable)}
<h2>Again</h2>
<pre>${replay}</pre>
</body>
</html>
`);
}

/** Of which STYLE shows one: letters stay as high as they are, so there has to be less of them where there is less room. */
const CHARTS: readonly ChartOptions[] = [
  { name: 'wide', width: 960, plotHeight: 260 },
  { name: 'middle', width: 640, plotHeight: 230 },
  { name: 'narrow', width: 340, plotHeight: 200 },
];

/** The shapes of the chart, once more, each with its meaning. */
const LEGEND = markup`<figcaption>
${
  [
    ['hashes a second', '<path class="speed" d="M1 9L9 4L17 10L25 5"/>'],
    ['a fault is on', '<rect class="band" width="26" height="14"/><rect class="bar" y="0" width="26" height="5"/>'],
    ['noticed', '<path class="noticed" d="M13 2l-6 9h12z"/>'],
    ['recovered', '<path class="tail" d="M0 7H13"/><circle class="well" cx="16" cy="7" r="4"/>'],
    ['the hypothesis held', '<path class="held" d="M0 7H26"/>'],
    [
      'it did not',
      `<defs>${
        hatch('legend-hatch')
      }</defs><rect class="failed" fill="url(#legend-hatch)" x=".5" y=".5" width="25" height="13"/>`,
    ],
    ['begin and end of the faults', '<path class="phase" d="M13 0V14"/>'],
  ].map(([what, shape]) =>
    markup`<span><svg viewBox="0 0 26 14" aria-hidden="true">${raw(shape!)}</svg>${what}</span>
`
  )
}</figcaption>`;

function renderFigure({ name, value, detail }: Figure): Markup {
  return markup`<div><dt>${name}</dt><dd>${value}</dd><dd class="detail">${detail}</dd></div>
`;
}

function renderText(text: Text): Markup | string {
  return typeof text === 'string' ? text : markup`<code>${text.code}</code>`;
}

/** The roles are said, since on a narrow screen it is laid out as no table is. */
function renderTable({ title, columns, rows, empty, note, remarks = [] }: Table): Markup {
  if (rows.length === 0) return markup`<h2>${title}</h2><p>${empty}</p>`;
  const kind = (at: number): string => columns[at]!.kind ?? 'text';
  return markup`<h2>${title}</h2>
<table role="table">
<thead role="rowgroup"><tr role="row">${
    columns.map((column, at) => markup`<th role="columnheader" scope="col" class="${kind(at)}">${column.title}</th>`)
  }</tr></thead>
<tbody role="rowgroup">
${
    rows.map((row) =>
      markup`<tr role="row">${
        row.map((cell, at) =>
          markup`<td role="cell" class="${kind(at)}" data-title="${columns[at]!.title}">${cell}</td>`
        )
      }</tr>
`
    )
  }</tbody>
</table>
${note === undefined ? '' : markup`<p class="note">${note}</p>`}
${remarks.length === 0 ? '' : markup`<ul>${remarks.map((remark) => markup`<li>${remark}</li>`)}</ul>`}
`;
}
