/** What objects are called by: the labels that Kubernetes recommends, and those of the file. */
import { isLabelKey, isLabelValue } from './names.ts';
import { type Labels, type Part, placeOf, type Selector } from './objects.ts';

const RECOMMENDED = 'app.kubernetes.io/';

export interface AllLabels {
  readonly selector: Selector;
  /** Of every object of the service. */
  readonly own: Labels;
  /** Of the file, for the pods and what makes them. */
  readonly said: Labels;
  /** Of the file, too, where the value is no label's. */
  readonly annotations: Labels;
}

/** @param application its name */
export function labelsOf({ service, name, lose }: Part, application: string): AllLabels {
  const instance = labelValue(application) || 'application';
  const selector = { [`${RECOMMENDED}name`]: name, [`${RECOMMENDED}instance`]: instance } as unknown as Selector;
  const version = /:([\w][\w.-]*)(?:@|$)/.exec(service.image ?? '')?.[1] ?? '';
  const own = {
    ...selector,
    ...(isLabelValue(version) && version !== '' ? { [`${RECOMMENDED}version`]: version } : {}),
    [`${RECOMMENDED}part-of`]: instance,
    [`${RECOMMENDED}managed-by`]: 'kubernetes.mjs',
  };
  const said: Record<string, string> = {};
  const annotations: Record<string, string> = {};
  for (const [key, value] of service.labels) {
    if (!isLabelKey(key) || key.startsWith(RECOMMENDED)) {
      const why = key.startsWith(RECOMMENDED) ? 'is given by us' : 'is no name of a label';
      lose('labels', `${key} ${why}`, placeOf(service, 'labels'));
    } else {
      (isLabelValue(value) ? said : annotations)[key] = value;
    }
  }
  return { selector, own, said, annotations };
}

function labelValue(text: string): string {
  return text.slice(0, 63).replace(/[^A-Za-z0-9]+$/, '');
}
