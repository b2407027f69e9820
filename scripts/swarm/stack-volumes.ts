/** The volumes of a service, as a stack has them. */
import { parseBytes } from '../lib/compose-model/fields.ts';
import { type Fields, fieldsOf, type Lose } from './stack-file.ts';

export interface Volumes {
  readonly list: readonly unknown[];
  /** Whether one of them has a name, and so stands on one node. */
  readonly isBound: boolean;
}

/** `wallet:/data`, or as an object; and what is only in memory, which a stack knows in this form alone. */
export function volumesOf({ volumes = [], tmpfs = [] }: Fields, lose: Lose): Volumes {
  const list = volumes as readonly unknown[];
  const sources = list.map((volume) =>
    typeof volume === 'string'
      ? volume.split(':').length > 1 ? volume.split(':')[0]! : ''
      : String(fieldsOf(volume).source ?? '')
  );
  const named = sources.filter((source) => source !== '');
  if (named.length > 0) lose('volumes', `${named.join(', ')} stands on one node, and the service stays there`);
  const inMemory = (Array.isArray(tmpfs) ? tmpfs as readonly string[] : [String(tmpfs)]).map((entry) => {
    const [target, options = ''] = entry.split(':');
    const others = options.split(',').filter((option) => option !== '' && !option.startsWith('size='));
    if (others.length > 0) lose('tmpfs', `${others.join(', ')} of ${target} is not known to a stack`);
    const bytes = parseBytes(/(?:^|,)size=(\d+[kmg]?)/.exec(options)?.[1] ?? '');
    return { type: 'tmpfs', target, ...(bytes === undefined ? {} : { tmpfs: { size: bytes } }) };
  });
  return { list: [...list, ...inMemory], isBound: named.length > 0 };
}
