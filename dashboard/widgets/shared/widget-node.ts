import { z } from 'zod';
import { ReelflowError } from '../../../nodes/core/errors.ts';
import type { NodeLife, NodeSite } from '../../../nodes/kit/node-spec.ts';

/** What every widget's stored configuration has; Dashboard 2's own names. Sizes are in its grid, 0: as large as needed. */
export const widgetConfig = z.object({
  name: z.string().default(''),
  /** Id of the ui-group it stands in. */
  group: z.string().default(''),
  order: z.coerce.number().default(0),
  width: z.coerce.number().min(0).default(0),
  height: z.coerce.number().min(0).default(0),
  className: z.string().default(''),
});

export type WidgetConfig = z.infer<typeof widgetConfig>;

/** A ui-group node of Dashboard 2, as far as a widget needs it. The Dashboard keeps and changes the settings it is given. */
interface DashboardGroup {
  register(node: unknown, settings: Record<string, unknown>, events: Record<string, never>): void;
}

/**
 * Puts a widget on its dashboard page. The widget itself talks to Reelflow's HTTP API, so no messages go through the
 * Dashboard's socket. The Dashboard takes the widget back by itself when the node closes.
 */
export function openWidget(type: string, site: NodeSite<WidgetConfig>): NodeLife {
  const group = site.peer(site.config.group);
  if (!isGroup(group)) {
    throw new ReelflowError('GROUP_MISSING', 'choose the dashboard group it is shown in', { field: 'group' });
  }
  // The Dashboard reads a size of the text '0' as "none".
  const { width, height, ...settings } = site.config;
  const size = { width: String(width), height: String(height) };
  group.register(site.node, { ...settings, ...size, id: site.id, type, z: site.flowId }, {});
  return {};
}

function isGroup(peer: unknown): peer is DashboardGroup {
  return typeof peer === 'object' && peer !== null && 'register' in peer && typeof peer.register === 'function';
}
