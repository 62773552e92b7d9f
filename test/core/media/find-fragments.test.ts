import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFragments } from '../../../nodes/core/media/find-fragments.ts';

function box(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

const fragment = (size = 100) => Buffer.concat([box('moof', Buffer.alloc(40)), box('mdat', Buffer.alloc(size, 7))]);

test('the first whole fragment in the middle of a file is found, wherever the bytes begin and end', () => {
  const rest = Buffer.alloc(33, 7);
  const bytes = Buffer.concat([rest, fragment(), fragment(), fragment()]);
  for (const end of [bytes.length, bytes.length - 1, bytes.length - 105, bytes.length - 150]) {
    assert.equal(findFragments(bytes.subarray(0, end)), 33);
  }
});

test('letters in a picture are no fragment', () => {
  const picture = Buffer.concat([box('moof', Buffer.alloc(4)), Buffer.from('xxxxmoofxxxx'), Buffer.alloc(50, 255)]);
  const bytes = Buffer.concat([picture, fragment(), fragment()]);
  assert.equal(findFragments(bytes), picture.length);
  assert.equal(findFragments(picture), undefined);
  assert.equal(findFragments(new Uint8Array(0)), undefined);
});
