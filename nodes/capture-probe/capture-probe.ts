import { type CameraMessage, readCameraMessage } from '../core/camera-list/camera-message.ts';
import type { ProbeResult } from '../core/camera-list/probe-result.ts';
import { defineNode } from '../kit/define-node.ts';
import type { NodeLife, NodeSite } from '../kit/node-spec.ts';
import { useRestream } from '../kit/restream.ts';
import { type ProbeConfig, probeConfig } from './config.ts';
import { statusOf } from './status.ts';

export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-probe', version: 1, config: probeConfig, open });
}

function open(site: NodeSite<ProbeConfig>): NodeLife {
  const { probes } = useRestream();
  /** What is being looked at, by camera: a newer message takes the place of an older one. */
  const looking = new Map<string, AbortController>();
  let last: { name: string; probe: ProbeResult } | undefined;
  const show = (): void => site.show(statusOf(looking.size, last));
  show();
  return {
    receive: async (message, send) => {
      const read = readCameraMessage(message.payload);
      const { action, camera } = read;
      looking.get(camera.id)?.abort();
      looking.delete(camera.id);
      if (action === 'remove' || camera.options.isPaused) {
        send(message, null);
        show();
        return;
      }
      const own = new AbortController();
      looking.set(camera.id, own);
      show();
      try {
        const probe = await probes.probe(camera, AbortSignal.any([own.signal, site.closing]));
        last = { name: camera.name, probe };
        const payload: CameraMessage = { ...read, probe };
        const found = { topic: 'probe', payload: { camera: { id: camera.id, name: camera.name }, probe } };
        const isHeld = !probe.ok && site.config.failed === 'hold';
        send(isHeld ? null : { ...message, topic: 'camera', payload }, found);
      } catch (error) {
        // A newer message for the same camera, or a deploy: the list is sent again then.
        if (!own.signal.aborted && !site.closing.aborted) throw error;
      } finally {
        if (looking.get(camera.id) === own) looking.delete(camera.id);
        show();
      }
    },
    close: () => {
      for (const controller of looking.values()) controller.abort();
    },
  };
}
