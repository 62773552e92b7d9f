import { readCameraMessage } from '../core/camera-list/camera-message.ts';
import type { RestreamSettings } from '../core/restream/ports.ts';
import { defineNode } from '../kit/define-node.ts';
import type { NodeLife, NodeSite } from '../kit/node-spec.ts';
import { useRestream } from '../kit/restream.ts';
import { type RestreamConfig, restreamConfig } from './config.ts';
import { statusOf } from './status.ts';

const progressMs = 10_000;

export default function register(red: unknown): void {
  defineNode(red, {
    type: 'capture-restream',
    version: 1,
    config: restreamConfig,
    credentials: { user: 'text', password: 'password' },
    open,
  });
}

function open(site: NodeSite<RestreamConfig>): NodeLife {
  const { cameras } = useRestream();
  const show = (): void => site.show(statusOf(cameras.list(), site.id));
  const own = () => cameras.list().filter(({ nodeId }) => nodeId === site.id);
  const place = cameras.attach(settingsOf(site));
  const disposables = [
    cameras.onChange(({ view, before }) => {
      if (view.nodeId !== site.id) return;
      site.send({ topic: 'restream', payload: { ...view, before: before ?? null } }, null);
      show();
    }),
    cameras.onRemove((camera, nodeId) => {
      if (nodeId !== site.id) return;
      site.send({ topic: 'restream', payload: { camera, state: 'removed' } }, null);
      show();
    }),
  ];
  const timer = setInterval(() => {
    const figures = own().map(({ camera, name, state, figures }) => ({ camera, name, state, ...figures }));
    if (figures.length > 0) site.send(null, { topic: 'progress', payload: figures });
  }, progressMs);
  show();
  return {
    receive: (message) => {
      place.take(readCameraMessage(message.payload));
      show();
    },
    close: async (isRemoved) => {
      clearInterval(timer);
      for (const dispose of disposables) dispose();
      await place.detach(isRemoved);
    },
  };
}

function settingsOf({ id, name, config, credentials }: NodeSite<RestreamConfig>): RestreamSettings {
  const { target, mode, audio, encoder, stallSeconds, alarmMinutes } = config;
  return {
    ...{ nodeId: id, name, mode, audio, encoder },
    target: withLogin(target, credentials['user'], credentials['password']),
    stallMs: stallSeconds * 1000,
    alarmAfterMs: alarmMinutes * 60_000,
  };
}

function withLogin(target: string, user = '', password = ''): string {
  if (target === '' || (user === '' && password === '')) return target;
  return target.replace('://', `://${encodeURIComponent(user)}:${encodeURIComponent(password)}@`);
}
