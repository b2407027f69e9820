/** How the machines of a room are reached: their keys are recorded once, and from then on nothing else is taken. */
import { existsSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Connections, createConnections } from '../fan-out/connections.ts';
import type { Password } from '../fan-out/password.ts';
import { KNOWN_HOSTS, WORKSHOP_FOLDER } from './journal.ts';
import { type RoomValues, sshOptions } from './flags.ts';
import type { Room } from './open-room.ts';

export interface ReachOptions {
  readonly connectWithinMs: number;
  /** Whether the key of a machine that was never seen is recorded; false. */
  readonly acceptNew?: boolean;
  /** In place of keys. */
  readonly password?: Password | undefined;
}

export function reach(
  { settings }: Pick<Room, 'settings'>,
  values: RoomValues,
  { connectWithinMs, acceptNew = false, password }: ReachOptions,
): Connections {
  mkdirSync(WORKSHOP_FOLDER, { recursive: true, mode: 0o700 });
  const { configFile, ...options } = sshOptions(values, settings);
  return createConnections({
    ...options,
    // A relative path would be one in the user's home for ssh.
    configFile: configFile === undefined ? undefined : resolve(configFile),
    hostKeys: { file: resolve(KNOWN_HOSTS), acceptNew },
    password,
    connectWithinMs,
  });
}

/** The same for a room that may have been made ready elsewhere: where no keys are recorded, those of the user count. */
export function reachAsIs(room: Pick<Room, 'settings'>, values: RoomValues, options: ReachOptions): Connections {
  if (existsSync(KNOWN_HOSTS)) return reach(room, values, options);
  const { configFile, ...others } = sshOptions(values, room.settings);
  return createConnections({
    ...{ ...others, password: options.password, connectWithinMs: options.connectWithinMs },
    configFile: configFile === undefined ? undefined : resolve(configFile),
  });
}
