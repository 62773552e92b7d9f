import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { openCalendarSource } from '../../../nodes/adapters/calendar/open-calendar-source.ts';
import { HttpOpencast } from '../../../nodes/adapters/opencast/http-opencast.ts';
import { eventWorkflow } from '../../../nodes/core/opencast/event-workflow.ts';
import { OpencastCores } from '../../../nodes/core/opencast/opencast-cores.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';
import { coreSettings, startOpencastCore } from '../../fixtures/opencast-core.ts';
import { ScheduleStand } from '../../fixtures/schedule-parts.ts';
import { until } from '../../fixtures/until.ts';

const pauses = { firstMs: 100, maxMs: 100, loginMs: 300 };
const source = { kind: 'opencast', coreId: 'core', agent: 'hall-1' } as const;

async function start(context: TestContext, options: Parameters<typeof startOpencastCore>[0] = {}, isReady = true) {
  const core = await startOpencastCore(options);
  context.after(() => core.stop());
  const cores = new OpencastCores();
  const add = (url = core.url) => cores.add('core', new HttpOpencast(coreSettings(url, options), pauses));
  if (isReady) add();
  const clock = new FakeClock(new Date().toISOString());
  const stand = new ScheduleStand(clock, { openSource: (one) => openCalendarSource(one, cores) });
  context.after(() => stand.service.close());
  stand.attach({ source });
  const reads = async () => (await core.requests()).filter(({ path }) => path.startsWith('/recordings/calendars'));
  return { core, cores, add, stand, clock, reads };
}

const nowSeconds = () => Math.floor(Date.now() / 1000);
const eventAt = (uid: string, inSeconds: number, more: object = {}) => ({
  ...{ uid, title: uid, start: nowSeconds() + inSeconds, end: nowSeconds() + inSeconds + 60 },
  ...more,
});

test('A06 an unchanged calendar costs one 304 each: the ETag unquoted, and no cutoff', async (context) => {
  const { core, stand, reads } = await start(context);
  const { etag } = await core.control('events', [eventAt('e1', 600)]);
  await stand.service.refresh('s1');
  for (let poll = 0; poll < 10; poll += 1) await stand.service.refresh('s1');
  const polls = (await reads()).slice(-10);
  assert.equal(polls.filter(({ status }) => status === 304).length, 10);
  assert.ok(polls.every(({ headers, path }) => headers['If-None-Match'] === etag && !path.includes('cutoff')));
  assert.deepEqual(
    stand.planned().map(({ uid }) => uid),
    ['e1'],
  );
});

for (const isFolded of [false, true]) {
  test(`A08 events ${isFolded ? 'folded' : 'unfolded'} and in any order: properties, workflow, inputs, text`, async (context) => {
    const { core, stand } = await start(context, { isFolded });
    const props = {
      'org.opencastproject.workflow.config.a.b': 'x=y',
      'event.path': 'C:\\new\\folder',
      'event.odd': ' a \\u0041 b ',
    };
    await core.control('events', [
      eventAt('later', 7200),
      eventAt('over', -600),
      eventAt('soon', 600, { title: 'Demo, event; ümlaut\nsecond \\ line', series: true, props }),
      eventAt('bare', 3600, { noattach: true }),
      eventAt('plain', 3700, { noprops: true }),
    ]);
    await stand.service.refresh('s1');
    assert.deepEqual(
      stand.planned().map(({ uid }) => uid),
      ['soon', 'bare', 'plain', 'later'],
    );
    const [soon, bare] = stand.planned();
    assert.equal(soon?.title, 'Demo, event; ümlaut\nsecond \\ line');
    assert.equal(soon?.location, 'hall-1');
    assert.deepEqual(soon?.inputs, ['camera', 'screen']);
    assert.deepEqual(eventWorkflow(soon ?? { properties: {} }), {
      definitionId: 'fast',
      parameters: { straightToPublishing: 'true', 'a.b': 'x=y' },
    });
    assert.equal(soon?.properties['event.path'], 'C:\\new\\folder', 'nothing is unescaped');
    assert.equal(soon?.properties['event.odd'], 'a \\u0041 b');
    assert.deepEqual(
      soon?.attachments.map(({ filename, mimeType, text }) => [filename, mimeType, text?.includes('dcterms:title')]),
      [
        ['episode.xml', 'application/xml', true],
        ['series.xml', 'application/xml', true],
      ],
    );
    assert.deepEqual([bare?.inputs, bare?.attachments], [[], []]);
  });
}

test('A08 bare line feeds, blank lines, a byte order mark: the same schedule', async (context) => {
  const { core, cores, stand } = await start(context);
  await core.control('events', [eventAt('e1', 600), eventAt('e2', 60)]);
  const text = await (
    await fetch(`${core.url}/recordings/calendars?agentid=hall-1`, {
      headers: { Authorization: `Basic ${btoa('admin:opencast')}` },
    })
  ).text();
  await stand.service.refresh('s1');
  const expected = stand.planned();
  assert.equal(expected.length, 2);
  for (const variant of [
    text.replaceAll('\r\n', '\n'),
    text.replaceAll('END:VEVENT\r\n', 'END:VEVENT\r\n\r\n'),
    `\uFEFF${text}`,
  ]) {
    const server = createServer((_request, response) => response.end(variant)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const overrides = { 'org.opencastproject.scheduler': `http://127.0.0.1:${port}` };
    cores.add('core', new HttpOpencast(coreSettings(`http://127.0.0.1:${port}`, { overrides }), pauses));
    await stand.service.refresh('s1');
    assert.deepEqual(stand.planned(), expected);
    server.close();
  }
});

test('a login page, an error, silence: the schedule stays', async (context) => {
  const { core, stand } = await start(context, {});
  await core.control('events', [eventAt('e1', 600)]);
  await stand.service.refresh('s1');
  for (const [fault, code] of [
    [{ status: 200, body: '<html>log in</html>' }, 'OPENCAST_ANSWER'],
    [{ status: 503 }, 'OPENCAST_STATUS'],
    [{ drop: true }, 'OPENCAST_UNREACHABLE'],
  ] as const) {
    await core.control('fault', { path: '/recordings/calendars', times: 1, ...fault });
    await assert.rejects(stand.service.refresh('s1'), { code });
    assert.equal(stand.planned().length, 1);
    assert.equal(stand.service.list()[0]?.lastError?.code, code);
  }
  await stand.service.refresh('s1');
  assert.equal(stand.service.list()[0]?.lastError, undefined);
});

test('its core’s node comes later or has another address: read at once, without the ETag of the other', async (context) => {
  const { core, add, stand, reads } = await start(context, {}, false);
  await core.control('events', [eventAt('e1', 600)]);
  await until(() => stand.service.list()[0]?.lastError?.code === 'OPENCAST_MISSING', { what: 'the missing core' });
  add();
  await until(() => stand.planned().length === 1, { what: 'the schedule' });
  const other = await startOpencastCore();
  context.after(() => other.stop());
  await other.control('events', [eventAt('e2', 600)]);
  add(other.url);
  await until(() => stand.planned()[0]?.uid === 'e2', { what: 'the schedule of the other' });
  assert.equal((await reads()).length, 1);
});
