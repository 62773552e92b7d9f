import type { DeliveryOverrides, DeliverySettings } from '../core/delivery/deliveries.ts';
import { ReelflowError } from '../core/errors.ts';
import { s3Address } from '../core/s3/s3-places.ts';
import { defineNode } from '../kit/define-node.ts';
import { openDelivery, recordedIn } from '../kit/delivery-node.ts';
import { mergeInput } from '../kit/input.ts';
import type { NodeLife, NodeMessage, NodeSite } from '../kit/node-spec.ts';
import { useStation } from '../kit/station.ts';
import { type UploadConfig, uploadConfig, uploadInput } from './config.ts';

export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-s3-upload', version: 1, config: uploadConfig, open });
}

function open(site: NodeSite<UploadConfig>): NodeLife {
  const settings = settingsOf(site);
  if (settings) return openDelivery(site, settings, (message) => overridesOf(message, site.config));
  site.show({ fill: 'yellow', shape: 'ring', text: 'no object store yet' });
  return {
    receive: (message, send) => {
      if (recordedIn(message) === undefined) return send(message);
      const reason = 'store: choose an object store with keys, or set REELFLOW_S3_ENDPOINT';
      throw new ReelflowError('STORE_INVALID', reason, { field: 'store' });
    },
  };
}

function overridesOf(message: NodeMessage, { nameTemplate }: UploadConfig): DeliveryOverrides {
  const map = { nameTemplate: 'nameTemplate' } as const;
  const { values, sources } = mergeInput(message, { nameTemplate }, map, uploadInput);
  return sources.nameTemplate === 'message' ? values : {};
}

/** Undefined while there is no store. */
function settingsOf({ id, name, config }: NodeSite<UploadConfig>): DeliverySettings | undefined {
  const place = useStation().s3Places.get(config.store);
  if (!place) return undefined;
  const folder = s3Address(place, config.prefix);
  // The station keeps its own files: what plays and is looked at there is read from them.
  return { deliverId: id, name, folder, mode: 'copy', nameTemplate: config.nameTemplate, check: 'exists' };
}
