/** Where the cards are. */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Beside ips.txt; what is in it holds passwords, and is for its owner alone. */
export const CARDS_FOLDER = 'cards';

export const CSV_FILE = 'cards.csv';
export const SSH_CONFIG_FILE = 'ssh_config';

/** What stands on the cards that were made last. */
export const CSV_PATH = join(CARDS_FOLDER, CSV_FILE);

/** Every file that has been made there, whichever cards were meant. */
const OURS = /^((cards(-c\d+(-and-\d+-more)?)?|instructor)\.(html|pdf)|cards\.csv|ssh_config)$/;

/** Takes away what has been made, and nothing else that somebody may have put beside it. */
export function removeCards(): void {
  if (!existsSync(CARDS_FOLDER)) return;
  for (const name of readdirSync(CARDS_FOLDER)) if (OURS.test(name)) rmSync(join(CARDS_FOLDER, name));
  if (readdirSync(CARDS_FOLDER).length === 0) rmdirSync(CARDS_FOLDER);
}
