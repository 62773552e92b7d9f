import type { ScheduledEvent } from '../schedule/event.ts';

/** What the core shall do with the recording of an event. */
export interface EventWorkflow {
  definitionId?: string;
  /** Dots in names are kept: only the prefix is cut. */
  parameters: Record<string, string>;
}

const definitionKey = 'org.opencastproject.workflow.definition';
const parameterPrefix = 'org.opencastproject.workflow.config.';

/** Reads the agent properties that came with the event (SchedulerServiceImpl getFinalAgentProperties). */
export function eventWorkflow({ properties }: Pick<ScheduledEvent, 'properties'>): EventWorkflow {
  const definitionId = properties[definitionKey];
  const parameters: Record<string, string> = {};
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith(parameterPrefix)) parameters[key.slice(parameterPrefix.length)] = value;
  }
  return { ...(definitionId && { definitionId }), parameters };
}
