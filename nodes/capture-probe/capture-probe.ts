import { type CameraMessage, readCameraMessage } from '../core/camera-list/camera-message.ts';
import type { CameraSnapshot } from '../core/camera-list/camera-snapshot.ts';
import type { ProbeResult } from '../core/camera-list/probe-result.ts';
import { defineNode } from '../kit/define-node.ts';
import { mergeInput } from '../kit/input.ts';
import type { NodeLife, NodeSite } from '../kit/node-spec.ts';
import { useRestream } from '../kit/restream.ts';
import { type ProbeConfig, pictureInput, probeConfig } from './config.ts';
import { statusOf } from './status.ts';

export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-probe', version: 1, config: probeConfig, open });
}

function open(site: NodeSite<ProbeConfig>): NodeLife {
  const { probes, snapshots } = useRestream();
  /** What is being looked at, by camera: a newer message takes the place of an older one. */
  const looking = new Map<string, AbortController>();
  let last: { name: string; probe: ProbeResult } | undefined;
  const show = (): void => site.show(statusOf(looking.size, last));
  show();
  return {
    receive: async (message, send) => {
      const read = readCameraMessage(message.payload);
      const { action, camera } = read;
      const { values } = mergeInput(
        message,
        { snapshot: site.config.snapshot },
        { snapshot: 'snapshot' },
        pictureInput,
      );
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
        const signal = AbortSignal.any([own.signal, site.closing]);
        const probe = await probes.probe(camera, signal);
        last = { name: camera.name, probe };
        const payload: CameraMessage = { ...read, probe };
        const isHeld = !probe.ok && site.config.failed === 'hold';
        // A restream begins before the picture is taken: it may be taken from there.
        send(isHeld ? null : { ...message, topic: 'camera', payload }, null);
        const snapshot = probe.ok && values.snapshot ? asBuffer(await snapshots.take(camera, signal)) : undefined;
        const found = { camera: { id: camera.id, name: camera.name }, probe, ...(snapshot && { snapshot }) };
        send(null, { topic: 'probe', payload: found });
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

/** As flows know binary payloads. */
function asBuffer(snapshot: CameraSnapshot): CameraSnapshot {
  return snapshot.ok ? { ...snapshot, jpeg: Buffer.from(snapshot.jpeg) } : snapshot;
}
