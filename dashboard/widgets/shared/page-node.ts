import { ReelflowError } from '../../../nodes/core/errors.ts';
import { defineNode } from '../../../nodes/kit/define-node.ts';
import type { NodeLife, NodeSite } from '../../../nodes/kit/node-spec.ts';
import { type PageConfig, type PageField, pageConfig } from './page-config.ts';

/** A ui-group node of Dashboard 2, as far as a widget needs it. The Dashboard keeps and changes the settings it is given. */
interface DashboardGroup {
  register(node: unknown, settings: Record<string, unknown>, events: Record<string, never>): void;
}

/**
 * Registers a page: a widget that fills a dashboard page. Its form, texts and help are put together at build time, see
 * `dashboard/page-files.ts`.
 *
 * @param red what Node-RED hands to the module's register function
 * @param type the node type, which is the folder's name
 * @param fields settings of its own, beside those that every page has
 */
export function registerPage(red: unknown, type: `ui-capture-${string}`, fields: readonly PageField[] = []): void {
  defineNode(red, { type, version: 1, config: pageConfig(fields), open: (site) => placeOnPage(type, site) });
}

/**
 * Puts a widget on its dashboard page. The widget itself talks to Reelflow's HTTP API, so no messages go through the
 * Dashboard's socket. The Dashboard takes the widget back by itself when the node closes.
 */
function placeOnPage(type: string, site: NodeSite<PageConfig>): NodeLife {
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
