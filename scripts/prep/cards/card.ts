/** What stands on the cards of a room: a model, of which each form (HTML, CSV, ssh's configuration) is made. */
import { createHash } from 'node:crypto';
import { bracketed } from '../../lib/engine.ts';
import type { Role } from '../../lib/room/journal.ts';
import type { RoomSettings } from '../../lib/room/settings.ts';
import type { HostKey } from './host-key.ts';

/** One cluster, for the one who gets it. */
export interface Card {
  /** `c3` */
  readonly cluster: string;
  readonly role: Role;
  /** node1 first. */
  readonly nodes: readonly CardNode[];
  /** The user on the machines. */
  readonly login: string;
  /** Undefined: ssh's own, 22. */
  readonly port: number | undefined;
  /** Undefined: nobody logs in with one. */
  readonly password: string | undefined;
}

export interface CardNode {
  /** `node1` */
  readonly name: string;
  readonly address: string;
  /** Undefined: it has not been recorded. That of node1 always is. */
  readonly key: HostKey | undefined;
}

/** What all cards have in common. */
export interface CardRoom extends Pick<RoomSettings, 'event' | 'date' | 'language' | 'paper' | 'wifi'> {
  /** The page with the chapters, where there is one. */
  readonly web: { readonly url: string; readonly token: string } | undefined;
  /** What the QR code holds. */
  readonly qr: 'ssh' | 'web';
}

export function sshUrl({ login, nodes, port }: Card): string {
  return `ssh://${login}@${bracketed(nodes[0]!.address)}${port === undefined ? '' : `:${port}`}`;
}

/** What is to be typed. */
export function sshCommand({ login, nodes, port }: Card): string {
  return `ssh ${port === undefined ? '' : `-p ${port} `}${login}@${nodes[0]!.address}`;
}

/** Tells whether two cards say the same, in whatever language and on whatever paper. */
export function digestOf(card: Card, { event, date, wifi, web }: CardRoom): string {
  return createHash('sha256').update(JSON.stringify([card, event, date, wifi, web])).digest('hex').slice(0, 16);
}
