import { commandRules } from './commands.ts';
import { constraintRules } from './constraints.ts';
import { dependencyRules } from './dependencies.ts';
import { deprecatedRules } from './deprecated.ts';
import { healthRules } from './health.ts';
import { idRules } from './ids.ts';
import { networkRules } from './networks.ts';
import { portRules } from './ports.ts';
import { readinessRules } from './readiness.ts';
import { resourceRules } from './resources.ts';
import type { Rule } from './rule.ts';
import { servicePortRules } from './service-ports.ts';
import { shapeRules } from './shape-rules.ts';
import { strategyRules } from './strategy.ts';
import { textRules } from './texts.ts';
import { volumeRules } from './volumes.ts';

/** All of them; each has a name of its own. */
export const RULES: readonly Rule[] = [
  ...[
    ...shapeRules,
    ...idRules,
    ...dependencyRules,
    ...commandRules,
    ...deprecatedRules,
    ...networkRules,
    ...portRules,
  ],
  ...[...servicePortRules, ...healthRules, ...readinessRules, ...textRules, ...constraintRules, ...strategyRules],
  ...[...resourceRules, ...volumeRules],
];
