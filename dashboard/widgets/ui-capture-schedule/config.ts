import { z } from 'zod';
import { widgetConfig } from '../shared/widget-node.ts';

/** Stored configuration of a ui-capture-schedule node. */
export const scheduleWidgetConfig = widgetConfig.extend({
  /** How many days the timeline shows. */
  days: z.coerce.number().int().min(1).max(31).default(7),
});
