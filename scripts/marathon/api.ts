/**
 * What Marathon takes (1.5 and later), as far as this kit writes it. Names and meaning are Marathon's own: the RAML types
 * of its REST API (`docs/docs/rest-api/public/api/v2/types/`), and what `api/v2/validation/` of its sources refuses.
 */

export interface MarathonGroup {
  /** Absolute: `/coinroom`. */
  readonly id: string;
  readonly apps: readonly MarathonApp[];
}

export interface MarathonApp {
  /** Absolute, a child of its group. */
  readonly id: string;
  /** Run by `/bin/sh -c` in the container, in place of what the image starts. Never beside `args`. */
  readonly cmd?: string;
  /** Given to what the image starts. */
  readonly args?: readonly string[];
  readonly instances: number;
  /** Cores, at least 0.001. */
  readonly cpus: number;
  /** MiB. */
  readonly mem: number;
  readonly resourceLimits?: { readonly cpus?: number; readonly mem?: number };
  readonly networks: readonly [MarathonNetwork];
  readonly container: MarathonContainer;
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly healthChecks: readonly HealthCheck[];
  /** Absolute. */
  readonly dependencies: readonly string[];
  readonly constraints?: readonly Constraint[];
  readonly upgradeStrategy: UpgradeStrategy;
  /** Of whoever has volumes of its own: no other instance is started while nobody knows how this one is. */
  readonly unreachableStrategy?: 'disabled';
  /** Between SIGTERM and SIGKILL. */
  readonly taskKillGracePeriodSeconds: number;
  readonly maxLaunchDelaySeconds: number;
}

export type MarathonNetwork =
  | { readonly mode: 'container/bridge' }
  | { readonly mode: 'container'; readonly name: string };

export interface MarathonContainer {
  readonly type: 'DOCKER';
  readonly docker: {
    readonly image: string;
    readonly privileged?: true;
    /** Options of `docker run`: `--key=value`. */
    readonly parameters?: readonly Parameter[];
  };
  /** Empty: none. Not said, it would be one. */
  readonly portMappings: readonly PortMapping[];
  readonly volumes?: readonly Volume[];
}

export interface Parameter {
  readonly key: string;
  readonly value: string;
}

export interface PortMapping {
  readonly containerPort: number;
  /** Any that the agent offers; undefined, in a network with addresses of its own: none. */
  readonly hostPort?: 0;
  /** Of the balancer, unique in the cluster; 0: whatever Marathon gives. */
  readonly servicePort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export type Volume =
  /** On the agent's disk, by size in MiB: the task stays with it. The path is one name, in the sandbox. */
  | {
    readonly containerPath: string;
    readonly mode: 'RW';
    readonly persistent: { readonly type: 'root'; readonly size: number };
  }
  /** A path of the agent, or a name in the sandbox. */
  | { readonly containerPath: string; readonly hostPath: string; readonly mode: 'RO' | 'RW' };

export type HealthCheck =
  & {
    readonly gracePeriodSeconds: number;
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly maxConsecutiveFailures: number;
    readonly delaySeconds: number;
  }
  & (
    | { readonly protocol: 'MESOS_HTTP'; readonly path: string; readonly portIndex: number }
    | { readonly protocol: 'MESOS_TCP'; readonly portIndex: number }
    | { readonly protocol: 'COMMAND'; readonly command: { readonly value: string } }
  );

/** Field, operator, and the value that some operators take. */
export type Constraint = readonly [field: string, operator: string, value?: string];

/** Parts of the instances, 0 to 1. */
export interface UpgradeStrategy {
  readonly minimumHealthCapacity: number;
  readonly maximumOverCapacity: number;
}
