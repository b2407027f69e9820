/**
 * An application, as a Compose file describes it: in one form, whatever forms the file was written in. Every target (Marathon,
 * Kubernetes) is computed from this, and tells by `given` what of the file it has not carried over.
 */

/** Where something is written. */
export interface Place {
  /** As the user has named it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export interface Application {
  /** Of `name:`, or of the folder of the first file: `[a-z0-9][a-z0-9_-]*`. */
  readonly name: string;
  /** In the order of the files; those whose profile is on. */
  readonly services: readonly Service[];
  /** The volumes that have a name. */
  readonly volumes: ReadonlyMap<string, NamedVolume>;
  /** Other parts of the files than services that were given: `secrets`, `configs`, `networks` by name, `volumes.wallet.driver`. */
  readonly others: readonly Given[];
  /** Variables that the files name and nobody has set: they have become empty. */
  readonly unset: readonly Given[];
}

export interface NamedVolume {
  readonly name: string;
  readonly isExternal: boolean;
  readonly at: Place;
}

/** A key of the file: `ports`, `deploy.replicas`; of what the model does not keep of a key, `ports[].app_protocol`. */
export interface Given {
  readonly key: string;
  readonly at: Place;
}

export interface Service {
  /** As in the file: may have capital letters, `_` and `.`. */
  readonly name: string;
  readonly at: Place;
  /** Undefined where it is only built. */
  readonly image: string | undefined;
  readonly isBuilt: boolean;
  readonly entrypoint: Command | undefined;
  readonly command: Command | undefined;
  /** All of it as text, with what stands in env_file below it. */
  readonly environment: ReadonlyMap<string, string>;
  /** Variables that are named without a value, and that the environment of whoever runs this does not have either. */
  readonly unsetVariables: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
  /** In the order of the file; a range has become its ports. */
  readonly ports: readonly Port[];
  /** What it has for others in its network, besides: `expose`. */
  readonly exposed: readonly ExposedPort[];
  readonly mounts: readonly Mount[];
  readonly dependencies: readonly Dependency[];
  readonly links: readonly ServiceLink[];
  /** Undefined: the image's own, if it has one. */
  readonly healthcheck: Healthcheck | undefined;
  /** `disable: true`, or `test: NONE`. */
  readonly isHealthcheckOff: boolean;
  readonly replicas: number;
  /** One on each machine. */
  readonly isGlobal: boolean;
  readonly resources: Resources;
  readonly restart: Restart;
  /** Undefined: Compose's 10 s. */
  readonly stopGraceMs: number | undefined;
  readonly stopSignal: string | undefined;
  readonly user: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly hostname: string | undefined;
  readonly isReadOnly: boolean;
  readonly isPrivileged: boolean;
  /** Whether something in it reaps its orphans; undefined: nothing was said. */
  readonly hasInit: boolean | undefined;
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
  /** `no-new-privileges:true` and so on. */
  readonly securityOptions: readonly string[];
  /** `host`, `none`, `service:rng`; undefined: the networks of the application. */
  readonly networkMode: string | undefined;
  /** Name to address. */
  readonly extraHosts: ReadonlyMap<string, string>;
  /** What the file says of it, key by key, whether or not this model knows it. `x-` is nobody's. */
  readonly given: readonly Given[];
}

/** A shell is given one line, a program its words. */
export type Command =
  | { readonly kind: 'shell'; readonly line: string }
  | { readonly kind: 'exec'; readonly words: readonly string[] };

export type Protocol = 'tcp' | 'udp';

export interface Port {
  /** In the container. */
  readonly target: number;
  /** On the machine; undefined: any that is free. */
  readonly published: number | undefined;
  /** Of the machine; undefined: all. */
  readonly hostIp: string | undefined;
  readonly protocol: Protocol;
  /** Whether the file had a range here, of which each instance takes one. */
  readonly isOfRange: boolean;
  readonly name: string | undefined;
  readonly at: Place;
}

export interface ExposedPort {
  readonly port: number;
  readonly protocol: Protocol;
}

export type Mount =
  & { readonly target: string; readonly isReadOnly: boolean; readonly at: Place }
  & (
    /** Of a name that `volumes` has. */
    | { readonly kind: 'volume'; readonly name: string }
    | { readonly kind: 'anonymous' }
    /** A path of the machine, as it was written. */
    | { readonly kind: 'bind'; readonly source: string }
    | { readonly kind: 'tmpfs'; readonly sizeBytes: number | undefined }
  );

export interface Dependency {
  readonly service: string;
  readonly condition: 'started' | 'healthy' | 'completed';
  readonly isRequired: boolean;
}

export interface ServiceLink {
  readonly service: string;
  readonly alias: string;
}

export interface Healthcheck {
  /** Ends with 0 when all is well. */
  readonly test: Command;
  /** Undefined: Docker's own: 30 s, 30 s, 0 s, 3. */
  readonly intervalMs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly startPeriodMs: number | undefined;
  readonly retries: number | undefined;
}

/** Undefined: nothing was said. */
export interface Resources {
  /** Cores. */
  readonly cpuLimit: number | undefined;
  readonly cpuReservation: number | undefined;
  readonly memoryLimitBytes: number | undefined;
  readonly memoryReservationBytes: number | undefined;
  readonly pidsLimit: number | undefined;
}

export type Restart = 'no' | 'always' | 'on-failure' | 'unless-stopped';
