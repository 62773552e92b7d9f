import { defineNode } from '../kit/define-node.ts';
import type { NodeLife, NodeSite } from '../kit/node-spec.ts';
import { useStation } from '../kit/station.ts';
import { cameraOf } from './camera-of.ts';
import { type CameraConfig, cameraConfig } from './config.ts';

/** Config node: declares a camera while it is deployed. Captures that run go on over a deploy. */
export default function register(red: unknown): void {
  defineNode(red, {
    type: 'capture-camera',
    version: 1,
    config: cameraConfig,
    credentials: { user: 'text', password: 'password' },
    open,
  });
}

function open(site: NodeSite<CameraConfig>): NodeLife {
  const dispose = useStation().cameras.add(cameraOf(site.id, site.config, site.credentials));
  return { close: () => dispose() };
}
