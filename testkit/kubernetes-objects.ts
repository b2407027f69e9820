/** Objects of Kubernetes, as tests look at them. */

type Fields = Readonly<Record<string, unknown>>;

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Fields;
}

export interface ContainerFields extends Fields {
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly args?: readonly string[];
}

export function fromKubernetes<T extends Named>(objects: readonly T[]) {
  const find = (name: string, isWanted: (kind: string) => boolean): T => {
    const found = objects.find(({ kind, metadata }) => metadata.name === name && isWanted(kind));
    if (!found) throw new RangeError(`There is no ${name} among ${objects.map((one) => one.metadata.name).join(', ')}`);
    return found;
  };
  const workload = (name: string): T => find(name, (kind) => kind !== 'Service');
  const pod = (name: string): Fields => (workload(name).spec.template as { readonly spec: Fields }).spec;
  return {
    workload,
    pod,
    service: (name: string): Fields => find(name, (kind) => kind === 'Service').spec,
    container: (name: string): ContainerFields => (pod(name).containers as readonly ContainerFields[])[0]!,
  };
}
