import { z } from 'zod';
import { ianaZone } from '../core/schedule/zone.ts';

/** Stored configuration of a capture-schedule node; login data are credentials. */
export const scheduleConfig = z.object({
  name: z.string().default(''),
  source: z.enum(['url', 'file', 'opencast', 'message', 'sample']).default('url'),
  /** Empty: REELFLOW_CALENDAR. */
  url: z.string().trim().default(''),
  /** Relative paths are meant from the data folder; empty: REELFLOW_CALENDAR. */
  path: z.string().trim().default(''),
  /** Id of the capture-opencast config node. */
  core: z.string().default(''),
  /** The agent whose schedule it is; empty: REELFLOW_AGENT. */
  agent: z.string().trim().max(250).default(''),
  auth: z.enum(['none', 'basic', 'digest', 'bearer']).default('none'),
  refreshMinutes: z.coerce.number().min(0.1).max(1440).default(1),
  horizonDays: z.coerce.number().min(1).max(366).default(14),
  /** IANA name; empty: that of the machine. */
  timeZone: z
    .string()
    .trim()
    .default('')
    .refine(isTimeZone, 'is not a time zone; expected for example Europe/Berlin, or nothing for that of the machine'),
  hasAllDayEvents: z.boolean().default(false),
  leadSeconds: z.coerce.number().min(0).max(3600).default(30),
  /** 0: never. */
  maxAgeHours: z.coerce.number().min(0).max(8760).default(6),
});

export type ScheduleConfig = z.infer<typeof scheduleConfig>;

function isTimeZone(name: string): boolean {
  return name === '' || ianaZone(name) !== undefined;
}
