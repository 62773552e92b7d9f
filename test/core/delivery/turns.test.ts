import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Turns } from '../../../nodes/core/delivery/turns.ts';

const never = new AbortController().signal;

test('one at a time for a key, in order; other keys do not wait', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const endFirst = await turns.take('a', never);
  const second = turns.take('a', never).then((end) => {
    order.push('second');
    end();
  });
  const third = turns.take('a', never).then((end) => {
    order.push('third');
    end();
  });
  (await turns.take('b', never))();
  await turn();
  assert.deepEqual(order, []);
  endFirst();
  endFirst();
  await Promise.all([second, third]);
  assert.deepEqual(order, ['second', 'third']);
  (await turns.take('a', never))();
});

test('who gives up waiting does not hold up the next', async () => {
  const turns = new Turns();
  const end = await turns.take('a', never);
  const abort = new AbortController();
  const waiting = turns.take('a', abort.signal);
  const last = turns.take('a', never);
  abort.abort(new Error('no longer'));
  await assert.rejects(waiting, { message: 'no longer' });
  end();
  (await last)();
});
