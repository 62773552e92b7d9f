import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PacketMeter } from '../../../nodes/adapters/mqtt/packet-meter.ts';
import { pingPacket, publishPacket } from '../../fixtures/mqtt-packets.ts';

const publish = (bytes: number): Buffer => publishPacket('a/b', Buffer.alloc(bytes, 0x30));

test('packets of any size pass below the limit, however the bytes are cut', () => {
  const stream = Buffer.concat([publish(0), publish(100), publish(20_000), pingPacket, publish(300)]);
  for (const size of [1, 2, 3, 7, 1000, stream.length]) {
    const meter = new PacketMeter();
    for (let at = 0; at < stream.length; at += size) {
      assert.equal(meter.oversized(stream.subarray(at, at + size), 20_010), undefined, `cut in ${size}`);
    }
  }
});

test('one that is too long is noticed by its header, wherever it stands', () => {
  const stream = Buffer.concat([publish(50), publish(130), publish(20_000).subarray(0, 4)]);
  for (const size of [1, 3, stream.length]) {
    const meter = new PacketMeter();
    const found: number[] = [];
    for (let at = 0; at < stream.length; at += size) {
      const length = meter.oversized(stream.subarray(at, at + size), 10_000);
      if (length !== undefined) found.push(length);
    }
    assert.deepEqual(found, [20_005], `cut in ${size}`);
  }
});
