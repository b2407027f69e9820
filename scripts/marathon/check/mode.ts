import { type Fields, fieldsOf, isObject, partsOf, textOf } from './read.ts';

export const MODES = ['host', 'container', 'container/bridge'] as const;
export type Mode = (typeof MODES)[number];

/** What container.docker.network was, before there were networks. */
const OLD_MODES: Readonly<Record<string, Mode | undefined>> = {
  HOST: 'host',
  BRIDGE: 'container/bridge',
  USER: 'container',
  NONE: undefined,
};

/** How the app is in the network; undefined where several are said, or one that there is not. */
export function modeOf(app: Fields): Mode | undefined {
  const networks = partsOf(app.networks, []);
  if (networks.length > 0) {
    const [mode, ...others] = new Set(networks.map(({ fields }) => textOf(fields.mode) ?? 'container'));
    return others.length > 0 ? undefined : MODES.find((one) => one === mode);
  }
  const old = textOf(fieldsOf(fieldsOf(app.container).docker).network);
  if (old !== undefined) return Object.hasOwn(OLD_MODES, old) ? OLD_MODES[old] : undefined;
  return isObject(app.ipAddress) ? 'container' : 'host';
}

/** In which mode ports of the container are mapped; undefined: not known. */
export function isMapped({ mode }: { readonly mode: Mode | undefined }): boolean | undefined {
  return mode === undefined ? undefined : mode !== 'host';
}
