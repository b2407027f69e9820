/**
 * What Marathon's API answers, as far as it is read here. Source of all shapes: d2iq-archive/marathon,
 * docs/docs/rest-api/public/api/v2/types/*.raml, named beside each. What came to the API with a later version, or is told
 * only where it exists, may be missing.
 */

/** A time as text, ISO 8601; also the name of a version. */
export type Timestamp = string;

/** error.raml; of 409 also `deployments` (api/MarathonExceptionMapper.scala, AppLockedException). */
export interface ErrorAnswer {
  readonly message?: string;
  /** A text where the body was no JSON at all. */
  readonly details?: readonly ErrorDetail[] | string;
  readonly deployments?: readonly { readonly id: string }[];
}

/** The RAML type says otherwise than its own examples and than api/v2/Validation.scala, which writes this. */
export interface ErrorDetail {
  readonly path?: string;
  readonly errors?: readonly string[];
}

/** deploymentResult.raml. Also for a change that changes nothing: then there is no such deployment, or not for long. */
export interface DeploymentResult {
  readonly version: Timestamp;
  readonly deploymentId: string;
}

/** deploymentAction.raml */
export interface DeploymentAction {
  readonly action: string;
  readonly app?: string;
  readonly pod?: string;
}

/** deploymentEventsInfo.raml, DeploymentStepInfo */
export interface Deployment {
  readonly id: string;
  readonly version: Timestamp;
  readonly affectedApps?: readonly string[];
  readonly currentActions?: readonly DeploymentAction[];
  /** From 1 (core/deployment/impl/DeploymentActor.scala). */
  readonly currentStep: number;
  readonly totalSteps: number;
}

/** healthCheck.raml, Health */
export interface Health {
  readonly alive: boolean;
  readonly consecutiveFailures?: number;
  readonly firstSuccess?: Timestamp;
  readonly lastFailureCause?: string;
}

/** task.raml */
export interface Task {
  readonly id: string;
  readonly host: string;
  readonly state: string;
  readonly ports?: readonly number[];
  /** Of the app, when this was started. */
  readonly version?: Timestamp;
  readonly healthCheckResults?: readonly Health[];
}

/** task.raml, TaskFailure */
export interface TaskFailure {
  readonly taskId: string;
  readonly host: string;
  readonly message: string;
  readonly state: string;
  readonly timestamp: Timestamp;
}

/** app.raml, AppInfo: an app as it was put, with all defaults, and what is embedded. */
export interface AppInfo {
  readonly id: string;
  readonly instances?: number;
  readonly cpus?: number;
  readonly mem?: number;
  readonly disk?: number;
  readonly constraints?: readonly (readonly string[])[];
  readonly healthChecks?: readonly unknown[];
  readonly version?: Timestamp;
  /** versionInfo.raml; a change of `instances` alone is none of the configuration. */
  readonly versionInfo?: { readonly lastConfigChangeAt?: Timestamp };
  readonly tasks?: readonly Task[];
  readonly deployments?: readonly { readonly id: string }[];
  readonly lastTaskFailure?: TaskFailure;
}

/** group.raml, GroupInfo */
export interface GroupInfo {
  readonly id: string;
  readonly apps?: readonly AppInfo[];
  readonly groups?: readonly GroupInfo[];
}

/** queue.raml, DeclinedOfferStep; `reason` is one of mesosphere/mesos/NoOfferMatchReason.scala. */
export interface DeclinedOffers {
  readonly reason: string;
  readonly declined: number;
  readonly processed: number;
}

/** offer.raml */
export interface UnusedOffer {
  readonly offer: {
    readonly hostname: string;
    readonly resources: readonly { readonly name: string; readonly role: string; readonly scalar?: number }[];
  };
  readonly reason: readonly string[];
}

/** queue.raml, QueueApp or QueuePod */
export interface QueueItem {
  readonly app?: AppInfo;
  /** Instances that are still to be started. */
  readonly count: number;
  readonly delay: { readonly timeLeftSeconds: number; readonly overdue: boolean };
  readonly processedOffersSummary?: {
    readonly processedOffersCount: number;
    readonly unusedOffersCount: number;
    /** Of the last offer of each agent. */
    readonly rejectSummaryLastOffers?: readonly DeclinedOffers[];
  };
  readonly lastUnusedOffers?: readonly UnusedOffer[];
}
