import { HttpOpencast } from '../adapters/opencast/http-opencast.ts';
import { ReelflowError } from '../core/errors.ts';
import type { CoreSettings } from '../core/opencast/core-settings.ts';
import { defineNode } from '../kit/define-node.ts';
import type { NodeLife, NodeSite } from '../kit/node-spec.ts';
import { useOpencast } from '../kit/opencast.ts';
import { useStation } from '../kit/station.ts';
import { type OpencastConfig, opencastConfig } from './config.ts';
import { coreSettingsOf } from './settings.ts';

/** Config node: declares an Opencast core while it is deployed. Uploads that run go on over a deploy. */
export default function register(red: unknown): void {
  defineNode(red, {
    type: 'capture-opencast',
    version: 1,
    config: opencastConfig,
    credentials: { user: 'text', password: 'password' },
    open,
  });
}

function open(site: NodeSite<OpencastConfig>): NodeLife {
  const settings = settingsOrNothing(site);
  if (!settings) return {};
  if (settings.isInsecure) site.log.warn(`certificates of ${settings.url} are not checked`);
  const dispose = useOpencast().cores.add(site.id, new HttpOpencast(settings));
  return { close: () => dispose() };
}

/** A flow that was just imported has no address yet: that is no fault, and the nodes that need the core say so too. */
function settingsOrNothing(site: NodeSite<OpencastConfig>): CoreSettings | undefined {
  try {
    return coreSettingsOf(site, useStation().environment);
  } catch (error) {
    if (!(error instanceof ReelflowError)) throw error;
    site.log.warn(`${error.message} (${error.code})`);
    return undefined;
  }
}
