import { isDeepStrictEqual } from 'node:util';
import type { CameraListView } from '../core/camera-list/camera-lists.ts';
import { defineNode } from '../kit/define-node.ts';
import type { NodeLife, NodeSite } from '../kit/node-spec.ts';
import { useStation } from '../kit/station.ts';
import { type CameraListConfig, cameraListConfig } from './config.ts';
import { settingsOf } from './settings.ts';
import { statusText } from './status.ts';

/** How often the status is drawn anew: it names an age. */
const statusEveryMs = 10_000;

export default function register(red: unknown): void {
  defineNode(red, { type: 'capture-camera-list', version: 1, config: cameraListConfig, open });
}

function open(site: NodeSite<CameraListConfig>): NodeLife {
  const station = useStation();
  const { cameraLists, clock } = station;
  const settings = settingsOf(site, station);
  const detach = cameraLists.attach(settings, (messages) =>
    site.send(
      messages.map((payload) => ({ topic: 'camera', payload })),
      null,
    ),
  );
  let told: unknown;
  const show = (view: CameraListView) => {
    site.show(statusText(view, clock.now()));
    const state = stateOf(view);
    // Each reading comes by here; what is news is sent on.
    if (isDeepStrictEqual(state, told)) return;
    told = state;
    const { lastGoodAt } = view;
    site.send(null, { topic: 'cameras', payload: { ...state, ...(lastGoodAt !== undefined && { lastGoodAt }) } });
  };
  const current = () => cameraLists.list().find(({ listId }) => listId === settings.listId);
  const unlisten = cameraLists.onChange((view) => {
    if (view.listId === settings.listId) show(view);
  });
  const drawing = setInterval(() => {
    const view = current();
    if (view) site.show(statusText(view, clock.now()));
  }, statusEveryMs);
  const view = current();
  if (view) show(view);
  return {
    receive: async (message) => {
      if (message.topic === 'refresh') await cameraLists.refresh(settings.listId);
      else cameraLists.receive(settings.listId, message.payload);
    },
    close: () => {
      clearInterval(drawing);
      unlisten();
      detach();
    },
  };
}

/** Nothing secret: problems and errors name fields, not addresses. */
function stateOf({ name, kind, cameras, lastError, problems }: CameraListView) {
  return {
    name,
    kind,
    cameraCount: cameras.length,
    ...(lastError && { error: { code: lastError.code, message: lastError.message } }),
    problems,
  };
}
