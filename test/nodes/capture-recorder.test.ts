import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import register from '../../nodes/capture-recorder/capture-recorder.ts';
import { statusText } from '../../nodes/capture-recorder/status.ts';
import type { Recording } from '../../nodes/core/recording/recording.ts';
import type { Station } from '../../nodes/core/station.ts';
import { provideStation } from '../../nodes/kit/station.ts';
import { type NodeRuntime, startNodeRuntime } from '../fixtures/node-runtime.ts';
import { RecordingBench } from '../fixtures/recording-bench.ts';
import { until } from '../fixtures/until.ts';

const flow = [
  { id: 'recorder', type: 'capture-recorder', version: 1, cameras: ['node-hall'], wires: [['out'], ['progress']] },
  { id: 'out', type: 'sink' },
  { id: 'progress', type: 'sink' },
];

let bench: RecordingBench;
let runtime: NodeRuntime;

before(async () => {
  bench = new RecordingBench();
  const recordings = await bench.boot();
  provideStation({ recordings, cameras: bench.cameras, clock: bench.clock } as unknown as Station);
  runtime = await startNodeRuntime([register as never], flow);
});
after(() => runtime.stop());

const states = (): unknown[] => runtime.received('out').map((message) => (message['payload'] as Recording).state);

test('an event from the schedule becomes recording messages, state by state', async () => {
  const event = bench.event('lecture', 10_000, 5000);
  runtime.node('recorder').receive({ topic: 'event', payload: { action: 'prepare', event } });
  await until(() => states().includes('armed'), { what: 'the armed recording' });
  await bench.pass(20_000);
  await until(() => states().includes('recorded'), { what: 'the finished recording' });
  assert.deepEqual(states(), ['armed', 'recording', 'finishing', 'recorded']);
  const last = runtime.received('out').at(-1)?.['payload'] as Recording;
  assert.equal(last.inputs[0], 'hall');
  assert.equal(last.tracks.length, 1);
  assert.ok(runtime.received('progress').length > 0);
});

test('a deploy in mid recording does not touch it', async () => {
  runtime.node('recorder').receive({ payload: { action: 'start', title: 'Deploy', durationMs: 20_000 } });
  await bench.pass(5000);
  const capture = bench.captures.running('hall')?.record.id;
  assert.ok(capture);
  await runtime.deploy([...flow, { id: 'another', type: 'sink' }], 'full');
  await bench.pass(5000);
  assert.equal(bench.captures.running('hall')?.record.id, capture);
  await bench.pass(20_000);
  const finished = runtime.received('out').map((message) => message['payload'] as Recording);
  assert.ok(finished.some((recording) => recording.title === 'Deploy' && recording.state === 'recorded'));
});

test('bad messages are refused with the field, and nothing is recorded', async () => {
  const before = bench.service.list().length;
  for (const payload of [
    { action: 'jump' },
    { action: 'start', durationMs: 'long' },
    7,
    { action: 'prepare', event: { uid: 'x' } },
  ]) {
    runtime.node('recorder').receive({ payload });
  }
  await until(() => runtime.lines('recorder').filter((line) => line.level === 'error').length >= 4, {
    what: 'four errors',
  });
  const texts = runtime
    .lines('recorder')
    .map((line) => line.text)
    .join('\n');
  assert.match(texts, /payload\.action/);
  assert.match(texts, /payload\.durationMs/);
  assert.match(texts, /payload\.event\.start/);
  assert.equal(bench.service.list().length, before);
});

test('stop without an id means what was started by hand, not the lecture of the calendar', async () => {
  const event = bench.event('calendar', 5000, 60_000);
  runtime.node('recorder').receive({ payload: { action: 'prepare', event } });
  runtime.node('recorder').receive({ payload: { action: 'start', title: 'By hand', durationMs: 60_000 } });
  await until(() => bench.service.list({ states: ['recording'] }).length === 1, { what: 'the manual recording' });
  await bench.pass(8000);
  runtime.node('recorder').receive({ payload: { action: 'stop' } });
  await until(() => bench.service.list().find((one) => one.title === 'By hand')?.endedBy === 'user', {
    what: 'the stop',
  });
  await bench.pass(2000);
  assert.equal(bench.service.list().find((one) => one.event.uid === 'calendar')?.state, 'recording');
  runtime.node('recorder').receive({ payload: { action: 'stop' } });
  await until(() => bench.service.list({ states: ['recording'] })[0]?.endedBy === 'user', { what: 'the second stop' });
  await bench.pass(3000);
});

test('stop without anything running says so', async () => {
  runtime.node('recorder').receive({ payload: { action: 'stop' } });
  await until(() => runtime.lines('recorder').some((line) => /not recording/.test(line.text)), { what: 'the refusal' });
});

test('the status says what is recorded and how long still, or why not', () => {
  const running = { id: 'a', recorderId: 'r', state: 'recording', title: 'Physics', plannedEnd: 65_000 } as Recording;
  const progress = [{ recordingId: 'a', input: 'hall', durationMs: 1, sizeBytes: 1, isCapturing: true }];
  assert.equal(statusText([running], progress, 'r', 0).text, 'Physics, 00:01:05 left');
  assert.equal(statusText([running], [], 'r', 0).text, 'Physics: waiting for the camera');
  assert.equal(statusText([], [], 'r', 0).text, 'ready');
  const failed = { ...running, state: 'failed', error: { code: 'X', message: 'no camera' } } as Recording;
  assert.match(statusText([failed], [], 'r', 0).text, /no camera/);
});
