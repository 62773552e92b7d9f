import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slots } from '../../../nodes/core/ingest/slots.ts';

const never = new AbortController().signal;

test('so many at once for each key, the others in their order', async () => {
  const slots = new Slots();
  const order: string[] = [];
  const leave = await slots.take('a', () => 1, never);
  const second = slots
    .take('a', () => 1, never)
    .then((leaveSecond) => {
      order.push('second');
      leaveSecond();
    });
  const third = slots
    .take('a', () => 1, never)
    .then((leaveThird) => {
      order.push('third');
      leaveThird();
    });
  const other = await slots.take('b', () => 1, never);
  assert.equal(slots.taken('b'), 1);
  other();
  assert.deepEqual(order, []);
  leave();
  leave();
  await Promise.all([second, third]);
  assert.deepEqual(order, ['second', 'third']);
  assert.equal(slots.taken('a'), 0);
});

test('who gives up waiting takes nothing', async () => {
  const slots = new Slots();
  const abort = new AbortController();
  const leave = await slots.take('a', () => 1, never);
  const waiting = slots.take('a', () => 1, abort.signal);
  abort.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  leave();
  assert.equal(slots.taken('a'), 0);
  await assert.rejects(
    slots.take('a', () => 1, abort.signal),
    /enough/,
  );
});
