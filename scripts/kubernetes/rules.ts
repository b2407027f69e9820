/** What `check` knows: each rule by name, how bad it is when it is broken, and what helps. */

/** `error`: a cluster refuses it, it does not work, or it is root. `advice`: it works. */
export type Level = 'error' | 'advice';

interface Rule {
  readonly level: Level;
  readonly fix: string;
}

const error = (fix: string): Rule => ({ level: 'error', fix });
const advice = (fix: string): Rule => ({ level: 'advice', fix });

export const RULES = {
  object: error('give it apiVersion, kind and metadata.name'),
  name: error('use a-z, 0-9 and - (Services begin with a letter), as short as DNS wants it'),
  duplicate: error('give one of them another name, or another namespace'),
  label: error('use at most 63 letters, digits, -, _ and ., beginning and ending with a letter or a digit, in quotes'),
  selector: error('let spec.selector.matchLabels have labels that the template has'),
  'service-pods': error('let its selector have labels of the pods'),
  'service-port': error('let targetPort be the name or the number of a port of the containers'),
  'stateful-service': error('add a Service with clusterIP: None, by the name in serviceName'),
  'port-name': error('use at most 15 of a-z, 0-9 and -, each name once in a pod'),
  'probe-port': error('let it ask a port of the container'),
  probes: advice('add a readinessProbe: until it is answered, no requests come'),
  'image-tag': error('name a version'),
  'image-digest': advice('add @sha256:…, or each node may have another; compose.mjs push writes digests'),
  'non-root': error('set runAsNonRoot: true, and runAsUser to a number other than 0 where the image says none'),
  'low-port': error('listen at 1024 or above, or set the sysctl net.ipv4.ip_unprivileged_port_start to 0'),
  privileged: error('take privileged away'),
  'privilege-escalation': error('set allowPrivilegeEscalation: false'),
  capabilities: advice('set capabilities: { drop: [ALL] }, and add what it needs'),
  seccomp: error('set seccompProfile: { type: RuntimeDefault }'),
  'read-only': advice('set readOnlyRootFilesystem: true, with an emptyDir where it writes'),
  host: error('use a Service, a claim, or an emptyDir'),
  limits: advice('set resources.limits.memory, or it may take all that its node has'),
  requests: error('let requests be at most the limits'),
  mount: error('add it to volumes, or to volumeClaimTemplates'),
  claim: advice('add it, or see that it is there'),
  'env-name': error('use letters, digits, _, - and ., beginning with no digit'),
  'env-value': error('put it in quotes'),
  'service-links': advice(
    'set enableServiceLinks: false, or each Service gives it a variable such as REDIS_PORT=tcp://…',
  ),
  token: advice('set automountServiceAccountToken: false, unless it asks the API of the cluster'),
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleName = keyof typeof RULES;

export interface Finding {
  readonly level: Level;
  readonly rule: RuleName;
  /** `Deployment/rng`, with its namespace before it where it says one. */
  readonly object: string;
  /** JSON path in the object: `$.spec.ports[0].targetPort`. */
  readonly path: string;
  readonly problem: string;
  readonly fix: string;
}

/** Says that a rule is broken, at a place below the one that is looked at. */
export type Tell = (rule: RuleName, path: string, problem: string) => void;
