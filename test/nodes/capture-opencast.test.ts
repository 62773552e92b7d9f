import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import registerCore from '../../nodes/capture-opencast/capture-opencast.ts';
import { opencastConfig } from '../../nodes/capture-opencast/config.ts';
import { coreSettingsOf } from '../../nodes/capture-opencast/settings.ts';
import registerAgent from '../../nodes/capture-opencast-agent/capture-opencast-agent.ts';
import { statusText } from '../../nodes/capture-opencast-agent/status.ts';
import type { AgentView } from '../../nodes/core/opencast/agents.ts';
import type { Station } from '../../nodes/core/station.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import { startAgent } from '../fixtures/agent-bench.ts';
import { startNodeRuntime } from '../fixtures/node-runtime.ts';
import { startOpencastCore } from '../fixtures/opencast-core.ts';
import { until } from '../fixtures/until.ts';

const flow = [
  { id: 'core-node', type: 'capture-opencast', version: 1, name: 'Core' },
  { id: 'cam', type: 'unknown-camera' },
  {
    ...{ id: 'hall', type: 'capture-opencast-agent', version: 1, core: 'core-node', agent: 'hall 1' },
    ...{
      cameras: ['camera', 'missing'],
      heartbeatSeconds: 5,
      extra: [{ key: 'room', value: '12' }],
      wires: [['told']],
    },
  },
  { id: 'told', type: 'sink' },
];

async function start(context: TestContext) {
  const stand = await startOpencastCore();
  // Its own agent stays without a core: the nodes bring theirs.
  const bench = await startAgent(context, stand, { settings: { coreId: 'none' } });
  const { cores, service: agents, recordings } = bench;
  const opencast = { url: stand.url, user: 'admin', password: 'opencast', auth: 'basic' } as const;
  provideStation({
    ...{ agent: 'station-1', recordings, clock: { now: () => Date.now() }, opencast: { cores, agents } },
    cameras: { get: (name: string) => (name === 'camera' ? { name } : undefined) },
    environment: { port: 1880, dataRoot: '/data', opencast },
  } as unknown as Station);
  const runtime = await startNodeRuntime(
    [registerCore as never, registerAgent as never],
    flow.filter(({ id }) => id !== 'cam'),
  );
  context.after(() => runtime.stop());
  context.after(() => stand.stop());
  return { stand, bench, runtime };
}

test('core and agent in a flow: registered from the environment, told of a recording, output, status', async (context) => {
  const { stand, bench, runtime } = await start(context);
  await until(async () => (await stand.state()).agents['hall 1']?.state === 'idle', { what: 'the registration' });
  const { caps, agents } = await stand.state();
  const configuration = JSON.parse(caps['hall 1'] ?? '') as Record<string, string>;
  assert.deepEqual([configuration['capture.device.names'], configuration['room']], ['camera', '12']);
  assert.match(agents['hall 1']?.address ?? '', /^http:\/\/.+:1880\/dashboard$/);
  await stand.control('events', [{ uid: 'e1', title: 'T', start: Date.now() / 1000, end: Date.now() / 1000 + 60 }]);
  const recording = bench.recordings.set('e1', { state: 'recording' });
  runtime.node('hall').receive({ topic: 'recording', payload: recording });
  await until(async () => (await stand.state()).recordings['e1'], { what: 'the recording state' });
  await until(() => runtime.received('told').length >= 4, { what: 'four messages' });
  assert.deepEqual(
    runtime
      .received('told')
      .map(({ topic }) => topic)
      .toSorted((a, b) => (String(a) < String(b) ? -1 : 1)),
    ['agent-state', 'agent-state', 'configuration', 'recording-state'],
  );
  await until(() => runtime.statuses('hall').at(-1)?.['text'] === 'capturing', { what: 'the status' });
  runtime.node('hall').receive({ payload: 'nonsense' });
  const error = await until(() => runtime.lines('hall').find(({ level }) => level === 'error'), { what: 'an error' });
  assert.match(error.text, /must be a recording/);
});

test('a full deploy keeps the agent; when its node is deleted it is offline', async (context) => {
  const { stand, runtime } = await start(context);
  const state = async () => (await stand.state()).agents['hall 1']?.state;
  await until(async () => (await state()) === 'idle', { what: 'idle' });
  await runtime.deploy([...flow.filter(({ id }) => id !== 'cam'), { id: 'more', type: 'sink' }], 'full');
  const said = (await stand.requests()).filter(({ fields }) => fields?.some(({ value }) => value === 'offline'));
  assert.deepEqual(said, []);
  await runtime.deploy([{ id: 'more', type: 'sink' }], 'nodes');
  await until(async () => (await state()) === 'offline', { what: 'offline' });
});

test('core settings: the form before the environment, field by field', () => {
  const environment = {
    dataRoot: '/data',
    opencast: { url: 'https://env.test', user: 'eu', password: 'ep', auth: 'digest' },
  } as const;
  const of = (config: object, credentials = {}, env: Parameters<typeof coreSettingsOf>[1] = environment) =>
    coreSettingsOf({ config: opencastConfig.parse(config), credentials }, env);
  const { url, user, password, auth, overrides } = of({});
  assert.deepEqual([url, user, password, auth, overrides], ['https://env.test', 'eu', 'ep', 'digest', {}]);
  const own = of(
    {
      url: 'http://own.test/',
      auth: 'basic',
      caFile: 'ca.pem',
      ingestUrl: 'http://i.test/ingest',
      timeoutSeconds: '9',
    },
    { user: 'u', password: 'p' },
  );
  assert.deepEqual(
    [own.url, own.user, own.auth, own.caFile, own.overrides, own.timeoutMs],
    ['http://own.test', 'u', 'basic', '/data/ca.pem', { 'org.opencastproject.ingest': 'http://i.test/ingest' }, 9000],
  );
  assert.throws(() => of({}, {}, { dataRoot: '/' }), { code: 'OPENCAST_URL_MISSING', field: 'url' });
  assert.throws(() => of({ url: 'http://x.test' }, { user: 'u' }, { dataRoot: '/' }), { field: 'password' });
  for (const wrong of ['ftp://x', 'https://u:p@x.test', 'x.test']) {
    assert.equal(opencastConfig.safeParse({ url: wrong }).error?.issues[0]?.path[0], 'url');
  }
});

const now = Date.now();
const view: AgentView = {
  ...{
    agentId: 'hall',
    name: 'hall',
    coreUrl: 'http://x',
    isBackup: false,
    inputs: [],
    waiting: 0,
    contact: { lastContactAt: now },
  },
  ...{ state: 'idle', toldState: 'idle' },
};
const away = { code: 'OPENCAST_UNREACHABLE', message: 'x: the connection was refused', at: now };
for (const [name, more, fill, text] of [
  ['idle', {}, 'green', 'idle'],
  ['capturing', { state: 'capturing', toldState: 'capturing', waiting: 2 }, 'red', 'capturing; 2 to tell'],
  ['not told yet', { state: 'capturing' }, 'yellow', 'capturing, not told yet'],
  ['backup', { isBackup: true }, 'grey', 'idle (backup: the core is told nothing)'],
  [
    'away',
    { contact: { lastContactAt: now - 600_000, lastError: away } },
    'yellow',
    'idle: x: the connection was refused (last answer 10 min ago)',
  ],
  ['never', { contact: { lastError: away } }, 'red', 'idle: x: the connection was refused'],
] as [string, Partial<AgentView>, string, string][]) {
  test(`status: ${name}`, () => {
    const status = statusText({ ...view, ...more }, now);
    assert.deepEqual([status.fill, status.text], [fill, text]);
  });
}
