/** Where the cards are. */
import { join } from 'node:path';

/** Beside ips.txt; what is in it holds passwords, and is for its owner alone. */
export const CARDS_FOLDER = 'cards';

export const CSV_FILE = 'cards.csv';
export const SSH_CONFIG_FILE = 'ssh_config';

/** What stands on the cards that were made last. */
export const CSV_PATH = join(CARDS_FOLDER, CSV_FILE);
