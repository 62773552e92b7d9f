import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStreamParser } from '../../../dashboard/client/event-stream.ts';

test('events are found wherever the pieces of the stream are cut', () => {
  const text =
    'retry: 3000\n\n:\n\nevent: status\ndata: {"a":1}\n\nevent: removed\r\ndata: x\r\ndata: y\r\n\r\ndata: plain\n\n';
  const expected = [
    { event: 'status', data: '{"a":1}' },
    { event: 'removed', data: 'x\ny' },
    { event: 'message', data: 'plain' },
  ];
  for (let size = 1; size <= text.length; size += 1) {
    const parser = new EventStreamParser();
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...parser.push(text.slice(at, at + size)));
    assert.deepEqual(found, expected, `pieces of ${size}`);
  }
});

test('an event that is not complete yet is not told', () => {
  const parser = new EventStreamParser();
  assert.deepEqual(parser.push('event: status\ndata: 1\n'), []);
  assert.deepEqual(parser.push('\n'), [{ event: 'status', data: '1' }]);
});
