/** The cards for programs: a table, and a configuration of ssh. */
import { resolve } from 'node:path';
import { UsageError } from '../../lib/command-line.ts';
import { KNOWN_HOSTS } from '../../lib/room/journal.ts';
import type { Card } from './card.ts';

const COLUMNS = ['cluster', 'role', 'node', 'address', 'port', 'login', 'password', 'key', 'fingerprint'] as const;

/** A line of the table: what a card says of one machine. */
export type CardRow = Readonly<Record<(typeof COLUMNS)[number], string>>;

/** Comma-separated values (RFC 4180), a line a machine. */
export function formatCsv(cards: readonly Card[]): string {
  const rows = cards.flatMap(rowsOf).map((row) => COLUMNS.map((name) => row[name]));
  return [COLUMNS, ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

function rowsOf({ cluster, role, nodes, login, port, password }: Card): CardRow[] {
  return nodes.map(({ name, address, key }) => ({
    ...{ cluster, role, node: name, address, port: String(port ?? ''), login, password: password ?? '' },
    ...{ key: key?.type ?? '', fingerprint: key?.fingerprint ?? '' },
  }));
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @throws UsageError for a text that formatCsv() has not written */
export function parseCsv(text: string, name: string): CardRow[] {
  const [head, ...lines] = text.split('\r\n').filter((line) => line !== '').map(cellsOf);
  if (head?.join() !== COLUMNS.join() || lines.some(({ length }) => length !== COLUMNS.length)) {
    throw new UsageError(`Cannot read ${name}: it is no table that prep.mjs cards has made; make it anew`);
  }
  return lines.map((cells) => Object.fromEntries(COLUMNS.map((column, at) => [column, cells[at]!])) as CardRow);
}

function cellsOf(line: string): string[] {
  const cells = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)];
  return cells.map(([, inQuotes, plain]) => inQuotes?.replaceAll('""', '"') ?? plain!);
}

/** `ssh -F cards/ssh_config c3-n1`: every machine by its name, known by the key that was recorded for it. */
export function formatSshConfig(cards: readonly Card[]): string {
  const hosts = cards.flatMap(({ cluster, nodes, login, port }) =>
    nodes.map(({ address }, at) =>
      [
        `Host ${cluster}-n${at + 1}`,
        `  HostName ${address}`,
        `  User ${login}`,
        ...(port === undefined ? [] : [`  Port ${port}`]),
      ].join('\n')
    )
  );
  const all = [
    'Host *',
    `  UserKnownHostsFile "${resolve(KNOWN_HOSTS).replaceAll('%', '%%')}"`,
    '  StrictHostKeyChecking yes',
  ].join('\n');
  return `${[...hosts, all].join('\n\n')}\n`;
}
