import { z } from 'zod';
import { ianaZone } from '../core/schedule/zone.ts';

const property = z.object({ key: z.string().trim().min(1, 'must not be empty'), value: z.string().trim() });

/** Stored configuration of a capture-opencast-agent node. */
export const agentConfig = z.object({
  name: z.string().default(''),
  /** Id of the capture-opencast config node. */
  core: z.string().default(''),
  /** Name at the core; empty: REELFLOW_AGENT. */
  agent: z.string().trim().max(250).default(''),
  /** Ids of capture-camera config nodes. */
  cameras: z.array(z.string()).default([]),
  heartbeatSeconds: z.coerce.number().min(5).max(3600).default(20),
  /** URL shown at the core; empty: that of this station's dashboard. */
  address: z
    .string()
    .trim()
    .regex(/^(https?:\/\/\S+)?$/i, 'must begin with http:// or https://')
    .default(''),
  /** IANA name; empty: that of the machine. */
  timeZone: z
    .string()
    .trim()
    .default('')
    .refine(
      (name) => name === '' || ianaZone(name) !== undefined,
      'is not a time zone; expected for example Europe/Berlin, or nothing for that of the machine',
    ),
  /** Further keys of the agent's configuration. */
  extra: z.array(property).default([]),
});

export type AgentConfig = z.infer<typeof agentConfig>;
