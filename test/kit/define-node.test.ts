import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ReelflowError } from '../../nodes/core/errors.ts';
import { defineNode } from '../../nodes/kit/define-node.ts';
import type { NodeLife, NodeMessage, NodeSite, NodeSpec } from '../../nodes/kit/node-spec.ts';
import { type NodeRuntime, startNodeRuntime } from '../fixtures/node-runtime.ts';
import { until } from '../fixtures/until.ts';

const config = z.object({ name: z.string().default(''), limit: z.coerce.number().min(1).max(9).default(5) });
type Config = z.infer<typeof config>;
type Site = NodeSite<Config>;

const tab = { id: 'tab', type: 'tab', label: 'Test' };
/** The node under test, wired to a sink, beside Catch and Complete nodes that only look at it. */
const flow = (fields: object = {}): object[] => [
  tab,
  { id: 'probe', type: 'capture-probe', z: 'tab', wires: [['out'], ['second']], ...fields },
  { id: 'out', type: 'sink', z: 'tab' },
  { id: 'second', type: 'sink', z: 'tab' },
  { id: 'catch', type: 'catch', z: 'tab', scope: ['probe'], uncaught: false, wires: [['caught']] },
  { id: 'caught', type: 'sink', z: 'tab' },
  { id: 'complete', type: 'complete', z: 'tab', scope: ['probe'], wires: [['completed']] },
  { id: 'completed', type: 'sink', z: 'tab' },
];
const withoutCatch = (nodes: object[]): object[] =>
  nodes.filter((node) => !['catch', 'caught'].includes((node as { id: string }).id));

async function start(
  t: TestContext,
  open: (site: Site) => NodeLife | Promise<NodeLife>,
  options: { spec?: Partial<NodeSpec<Config>>; flow?: object[]; credentials?: object; settings?: object } = {},
): Promise<NodeRuntime> {
  const register = (red: never): void =>
    defineNode<Config>(red, { type: 'capture-probe', version: 1, config, open, ...options.spec });
  const runtime = await startNodeRuntime([register], options.flow ?? flow(), options);
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    await runtime.stop();
  };
  t.after(stop);
  return { ...runtime, stop };
}

const errorOf = (message: Record<string, unknown> | undefined) =>
  (message?.['error'] ?? {}) as { message?: string; code?: string; source?: { id: string } };
const lastStatus = (runtime: NodeRuntime) => runtime.statuses('probe').at(-1);
const failing = (): never => {
  throw new ReelflowError('CAMERA_UNREACHABLE', 'the camera does not answer');
};

test('a message is received, answered with its id, and done', async (t) => {
  const runtime = await start(t, (site) => ({
    receive: (message, send) => {
      send({ payload: [message.payload, site.config.limit, site.name] }, { payload: 'two' });
    },
  }));
  runtime.node('probe').receive({ _msgid: 'm1', payload: 1 });
  const [first] = await until(() => runtime.received('out').length > 0 && runtime.received('out'), { what: 'output' });
  assert.deepEqual(first?.['payload'], [1, 5, 'capture-probe']);
  assert.equal(first?.['_msgid'], 'm1');
  const [second] = await until(() => runtime.received('second').length > 0 && runtime.received('second'), {
    what: 'second output',
  });
  assert.equal(second?.['_msgid'], 'm1');
  await until(() => runtime.received('completed').length === 1, { what: 'done()' });
  assert.equal(runtime.received('caught').length, 0);
});

for (const [how, receive] of [
  ['throws', failing],
  ['rejects', async () => failing()],
  ['rejects later', async () => delay(20).then(failing)],
] as const) {
  test(`receive ${how}: Catch hears it with its own code, the status turns red, and the next message works`, async (t) => {
    const runtime = await start(t, (site) => {
      site.show({ fill: 'green', shape: 'dot', text: 'ready' });
      return { receive: (message) => (message.payload === 'bad' ? receive() : undefined) };
    });
    runtime.node('probe').receive({ payload: 'bad' });
    const [caught] = await until(() => runtime.received('caught').length > 0 && runtime.received('caught'), {
      what: 'the Catch node',
    });
    assert.equal(errorOf(caught).code, 'CAMERA_UNREACHABLE');
    assert.match(errorOf(caught).message ?? '', /the camera does not answer/);
    assert.equal(caught?.['payload'], 'bad');
    await until(() => lastStatus(runtime)?.['fill'] === 'red', { what: 'a red status' });
    assert.equal(runtime.received('completed').length, 0);
    runtime.node('probe').receive({ payload: 'good' });
    await until(() => runtime.received('completed').length === 1, { what: 'the next message' });
    await until(() => lastStatus(runtime)?.['text'] === 'ready', { what: 'the own status to come back' });
  });
}

test('an error that no Catch node takes is one line in the log', async (t) => {
  const runtime = await start(t, () => ({ receive: async () => failing() }), { flow: withoutCatch(flow()) });
  runtime.node('probe').receive({ payload: 'bad' });
  await until(() => lastStatus(runtime)?.['fill'] === 'red', { what: 'a red status' });
  const errors = runtime.lines('probe').filter((line) => line.level === 'error');
  assert.deepEqual(
    errors.map((line) => line.text),
    ['the camera does not answer'],
  );
});

test('a plain value thrown becomes an error with the code INTERNAL, a system error keeps its own', async (t) => {
  const runtime = await start(t, () => ({
    receive: async (message) => {
      if (message.payload === 'text') throw 'a bare text';
      const { readFile } = await import('node:fs/promises');
      await readFile('/nowhere/at/all');
    },
  }));
  runtime.node('probe').receive({ payload: 'text' });
  runtime.node('probe').receive({ payload: 'file' });
  const caught = await until(() => runtime.received('caught').length === 2 && runtime.received('caught'), {
    what: 'both errors',
  });
  assert.deepEqual(new Set(caught.map((message) => errorOf(message).code)), new Set(['ENOENT', 'INTERNAL']));
});

for (const [how, open] of [
  ['throws', failing],
  ['rejects', async () => failing()],
] as const) {
  test(`open ${how}: logged once, red, and every message is answered with that error`, async (t) => {
    const runtime = await start(t, open);
    await until(() => lastStatus(runtime)?.['fill'] === 'red', { what: 'a red status' });
    assert.equal(lastStatus(runtime)?.['text'], 'the camera does not answer');
    assert.equal(runtime.lines('probe').filter((line) => line.level === 'error').length, 1);
    runtime.node('probe').receive({ payload: 1 });
    const [caught] = await until(() => runtime.received('caught').length > 0 && runtime.received('caught'), {
      what: 'the answer',
    });
    assert.equal(errorOf(caught).code, 'CAMERA_UNREACHABLE');
    await runtime.stop();
  });
}

test('messages that come before open() settles are received in order', async (t) => {
  const ready = Promise.withResolvers<void>();
  const seen: unknown[] = [];
  const runtime = await start(t, async () => {
    await ready.promise;
    return { receive: (message) => void seen.push(message.payload) };
  });
  for (const payload of [1, 2, 3]) runtime.node('probe').receive({ payload });
  await delay(20);
  assert.deepEqual(seen, []);
  ready.resolve();
  await until(() => runtime.received('completed').length === 3, { what: 'all three' });
  assert.deepEqual(seen, [1, 2, 3]);
});

test('messages that wait for an open() that fails are answered with its error; too many are refused', async (t) => {
  const ready = Promise.withResolvers<void>();
  const runtime = await start(t, async () => {
    await ready.promise;
    return failing();
  });
  for (let payload = 0; payload <= 1000; payload += 1) runtime.node('probe').receive({ payload });
  await until(() => runtime.received('caught').length === 1, { what: 'the refused message' });
  assert.equal(errorOf(runtime.received('caught')[0]).code, 'NODE_BUSY');
  ready.resolve();
  const caught = await until(() => runtime.received('caught').length === 1001 && runtime.received('caught'), {
    what: 'the waiting ones',
  });
  assert.equal(errorOf(caught.at(-1)).code, 'CAMERA_UNREACHABLE');
});

test('what open() sends and reports reaches nodes that are built after it', async (t) => {
  const runtime = await start(t, (site) => {
    site.send({ payload: 'early' }, null);
    site.fail(new ReelflowError('EARLY', 'too early'));
    return {};
  });
  const [message] = await until(() => runtime.received('out').length > 0 && runtime.received('out'), {
    what: 'the early message',
  });
  assert.equal(message?.['payload'], 'early');
  const [caught] = await until(() => runtime.received('caught').length > 0 && runtime.received('caught'), {
    what: 'the early error',
  });
  assert.equal(errorOf(caught).code, 'EARLY');
});

test('a bad configuration names the field, what is allowed and what is there; nothing is opened', async (t) => {
  let opened = 0;
  const open = () => {
    opened += 1;
    return {};
  };
  const runtime = await start(t, open, { flow: flow({ limit: 40 }) });
  await until(() => lastStatus(runtime)?.['text'], { what: 'a status' });
  assert.equal(lastStatus(runtime)?.['text'], 'limit: must be at most 9, not 40');
  assert.equal(opened, 0);
  runtime.node('probe').receive({});
  const [caught] = await until(() => runtime.received('caught').length > 0 && runtime.received('caught'), {
    what: 'the answer',
  });
  assert.equal(errorOf(caught).code, 'CONFIG_INVALID');
});

test('an old configuration goes through every step; one from the future is refused', async (t) => {
  const seen: Config[] = [];
  const open = (site: Site) => {
    seen.push(site.config);
    return {};
  };
  const spec: Partial<NodeSpec<Config>> = {
    version: 3,
    migrations: [
      { version: 2, up: ({ max, ...rest }) => ({ ...rest, limit: max }) },
      { version: 3, up: (old) => ({ ...old, limit: Number(old['limit']) + 1 }) },
    ],
  };
  const runtime = await start(t, open, { spec, flow: flow({ name: 'v1', max: 3 }) });
  await runtime.deploy(flow({ name: 'v2', version: '2', limit: '6' }));
  await runtime.deploy(flow({ name: 'v3', version: 3, limit: 7 }));
  assert.deepEqual(seen, [
    { name: 'v1', limit: 4 },
    { name: 'v2', limit: 7 },
    { name: 'v3', limit: 7 },
  ]);
  await runtime.deploy(flow({ version: 4 }));
  await until(() => /newer Reelflow/.test(String(lastStatus(runtime)?.['text'])), { what: 'the refusal' });
  assert.equal(seen.length, 3);
});

test('a peer that is missing or disabled is undefined, a present one is its live node', async (t) => {
  const peers: unknown[] = [];
  const open = (site: Site) => {
    peers.push(site.peer(undefined), site.peer(''), site.peer('nobody'), site.peer('room'));
    return {};
  };
  await start(t, open, { flow: [{ id: 'room', type: 'sink' }, ...flow()] });
  assert.deepEqual(peers.slice(0, 3), [undefined, undefined, undefined]);
  assert.equal((peers[3] as { id: string }).id, 'room');
});

test('credentials reach the node and are no part of its configuration', async (t) => {
  let site: Site | undefined;
  const open = (opened: Site) => {
    site = opened;
    return {};
  };
  const spec = { credentials: { user: 'text', password: 'password' } } as const;
  await start(t, open, { spec, credentials: { probe: { user: 'viewer', password: 'pa$$word' } } });
  assert.deepEqual(site?.credentials, { user: 'viewer', password: 'pa$$word' });
  assert.equal(JSON.stringify(site?.config).includes('pa$$word'), false);
});

test('at most two statuses a second are passed on, and the last one always is', async (t) => {
  let site: Site | undefined;
  const runtime = await start(t, (opened) => {
    site = opened;
    return {};
  });
  const from = performance.now();
  for (let n = 1; n <= 200; n += 1) {
    site?.show({ fill: 'blue', shape: 'dot', text: `${n} %` });
    await delay(2);
  }
  await until(() => lastStatus(runtime)?.['text'] === '200 %', { what: 'the last status' });
  const allowed = 1 + Math.ceil((performance.now() - from) / 500);
  const count = runtime.statuses('probe').length;
  assert.ok(count >= 2 && count <= allowed, `${count} statuses, allowed ${allowed}`);
});

test('after close nothing is sent, shown, answered or logged as an error', async (t) => {
  let site: Site | undefined;
  let late: (() => void) | undefined;
  let reply: ((...outputs: NodeMessage[]) => void) | undefined;
  const runtime = await start(t, (opened) => {
    site = opened;
    return {
      receive: (_message, send) => {
        reply = send;
        return new Promise<void>((_resolve, reject) => {
          late = () => reject(opened.closing.reason);
        });
      },
    };
  });
  runtime.node('probe').receive({ payload: 1 });
  await until(() => late, { what: 'the message to be taken' });
  assert.equal(site?.closing.aborted, false);
  await runtime.node('probe').close(false);
  assert.equal(site?.closing.aborted, true);
  const before = runtime.statuses('probe').length;
  site?.send({ payload: 'too late' });
  reply?.({ payload: 'too late' });
  site?.show({ fill: 'red', shape: 'dot', text: 'too late' });
  site?.fail(new Error('too late'));
  late?.();
  runtime.node('probe').receive({ payload: 2 });
  await delay(50);
  assert.deepEqual(runtime.received('out'), []);
  assert.deepEqual(runtime.received('caught'), []);
  assert.deepEqual(runtime.received('completed'), []);
  assert.equal(runtime.statuses('probe').length, before);
  assert.deepEqual(
    runtime.lines('probe').filter((line) => line.level === 'error'),
    [],
  );
});

test('close is told whether the node is gone for good, and is awaited', async (t) => {
  const closed: boolean[] = [];
  const runtime = await start(t, () => ({
    close: async (isRemoved) => {
      await delay(30);
      closed.push(isRemoved);
    },
  }));
  await runtime.deploy(flow());
  assert.deepEqual(closed, [false]);
  await runtime.deploy([tab]);
  assert.deepEqual(closed, [false, true]);
});

for (const [how, close] of [
  ['throws', failing],
  ['rejects', async () => failing()],
] as const) {
  test(`close ${how}: logged, and the deploy goes on`, async (t) => {
    const runtime = await start(t, () => ({ close }));
    await runtime.deploy(flow());
    const errors = runtime.lines('probe').filter((line) => line.level === 'error');
    assert.deepEqual(
      errors.map((line) => line.text),
      ['the camera does not answer'],
    );
  });
}

test('a close that never ends is left behind before Node-RED gives up on it', async (t) => {
  let opens = 0;
  const open = () => {
    opens += 1;
    return { close: () => (opens === 1 ? new Promise<void>(() => {}) : undefined) };
  };
  const runtime = await start(t, open, { settings: { nodeCloseTimeout: 1200 } });
  await runtime.node('probe').close(false);
  const warnings = runtime.lines('probe').filter((line) => line.level === 'warn');
  assert.match(warnings[0]?.text ?? '', /CLOSE_TIMEOUT/);
});

test('a node closed while it opens is closed as soon as it is open', async (t) => {
  const ready = Promise.withResolvers<void>();
  let closed = 0;
  const runtime = await start(t, async () => {
    await ready.promise;
    return {
      close: () => {
        closed += 1;
      },
    };
  });
  const closing = runtime.node('probe').close(true);
  ready.resolve();
  await closing;
  assert.equal(closed, 1);
});

test('configuration nodes live the same way', async (t) => {
  const closed: string[] = [];
  const open = (site: Site): NodeLife => {
    if (site.config.limit === 9) failing();
    return { close: () => void closed.push(site.id) };
  };
  const room = { id: 'room', type: 'capture-probe', limit: 2 };
  const broken = { id: 'broken', type: 'capture-probe', limit: 9 };
  const runtime = await start(t, open, { flow: [tab, room, broken] });
  assert.equal(runtime.lines('broken').filter((line) => line.level === 'error').length, 1);
  await runtime.deploy([tab]);
  assert.deepEqual(closed, ['room']);
});
