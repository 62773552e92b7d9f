import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocksOf, dayRows, lanesOf, ticksOf, timelineItems } from '../../../dashboard/client/timeline.ts';
import { conflictJson, eventJson, iso, morning, recordingJson } from './recording-json.ts';

const minute = 60_000;
const hour = 60 * minute;

test('an event that became a recording is there once, with what became of it', () => {
  const items = timelineItems(
    [eventJson('a', morning), eventJson('b', morning + 2 * hour)],
    [recordingJson('a', morning, { state: 'recording' }), recordingJson('m', morning - hour, { origin: 'manual' })],
  );
  assert.deepEqual(
    items.map((item) => [item.key, item.state, item.isManual]),
    [
      ['m', 'delivered', true],
      ['a', 'recording', false],
      ['b', 'scheduled', false],
    ],
  );
});

test('conflicts of the event stay with its recording', () => {
  const conflict = conflictJson('a', 'b', morning);
  const [item] = timelineItems([eventJson('a', morning, { conflicts: [conflict] })], [recordingJson('a', morning)]);
  assert.deepEqual(item?.conflicts, [conflict]);
});

test('blocks lie where their time is, cut to the stretch that is shown', () => {
  const items = timelineItems([eventJson('a', morning - 30 * minute), eventJson('b', morning + 2 * hour)], []);
  const blocks = blocksOf(items, { from: morning, to: morning + 4 * hour });
  assert.deepEqual(
    blocks.map(({ left, width }) => [left, width]),
    [
      [0, 0.125],
      [0.5, 0.25],
    ],
  );
});

test('a thousand short events become blocks that a finger can tell apart', () => {
  const events = Array.from({ length: 1000 }, (_, index) =>
    eventJson(`e${index}`, morning + index * minute, { end: iso(morning + index * minute + 10_000) }),
  );
  const blocks = blocksOf(timelineItems(events, []), { from: morning, to: morning + 1000 * minute });
  assert.ok(blocks.length < 50, `${blocks.length} blocks`);
  assert.equal(
    blocks.reduce((sum, block) => sum + block.items.length, 0),
    1000,
  );
  for (const [index, block] of blocks.entries()) {
    assert.ok(block.width >= 0.012);
    assert.ok(block.left + block.width <= 1 + 1e-9);
    assert.ok(index === 0 || block.left >= (blocks[index - 1]?.left ?? 0), 'in order');
  }
});

test('each input has a lane, and what overlaps on it lies in rows below one another', () => {
  const items = timelineItems(
    [
      eventJson('a', morning),
      eventJson('b', morning + 30 * minute),
      eventJson('c', morning + hour),
      eventJson('d', morning, { inputs: ['desk'] }),
    ],
    [],
  );
  const stretch = { from: morning, to: morning + 4 * hour };
  const [hall, desk] = lanesOf(items, ['hall', 'desk'], stretch);
  assert.deepEqual(
    hall?.rows.map((row) => row.map((block) => block.key)),
    [['a', 'c'], ['b']],
  );
  assert.equal(desk?.rows.length, 1);
  assert.deepEqual(lanesOf([], ['hall'], stretch), [{ input: 'hall', rows: [[]] }], 'an idle camera keeps its lane');
});

test('what overlaps on another day does not make this day higher', () => {
  const items = timelineItems(
    [eventJson('a', morning), eventJson('b', morning), eventJson('c', morning + 24 * hour)],
    [],
  );
  const tomorrow = { from: morning + 24 * hour, to: morning + 32 * hour };
  assert.equal(lanesOf(items, ['hall'], tomorrow)[0]?.rows.length, 1);
});

test('days show working hours, and more when more happens', () => {
  const hours = (items: Parameters<typeof dayRows>[0]) =>
    dayRows(items, morning, 2).map((row) => [new Date(row.from).getHours(), new Date(row.to).getHours()]);
  assert.deepEqual(hours([]), [
    [8, 18],
    [8, 18],
  ]);
  const early = new Date(2026, 10, 24, 6, 30).getTime();
  assert.deepEqual(hours(timelineItems([eventJson('a', early)], [])), [
    [6, 18],
    [6, 18],
  ]);
  const overnight = new Date(2026, 10, 23, 23, 30).getTime();
  assert.deepEqual(hours(timelineItems([eventJson('a', overnight)], [])), [
    [0, 0],
    [0, 0],
  ]);
});

test('the axis has round times, no more than fit', () => {
  const ticks = ticksOf({ from: morning + 7 * minute, to: morning + 4 * hour }, 12);
  assert.ok(ticks.length > 3 && ticks.length <= 12);
  for (const { at } of ticks) assert.equal(new Date(at).getMinutes() % 30, 0);
});
