import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact } from '../../nodes/core/redact.ts';

test('user, password and tokens go out of addresses, however they are written', () => {
  const texts: [given: string, shown: string][] = [
    ['open rtsp://admin:pw@10.0.0.1:554/s failed', 'open rtsp://***@10.0.0.1:554/s failed'],
    ['"rtsp://admin:p@ss/w?rd@10.0.0.1/s"', '"rtsp://***@10.0.0.1/s"'],
    ['srt://h:9?passphrase=abc&mode=caller', 'srt://h:9?passphrase=***&mode=caller'],
    ['from rtsp://a:b@h/1 to rtsp://c:d@i/2', 'from rtsp://***@h/1 to rtsp://***@i/2'],
    ['https://cdn/live.m3u8?a=1&access_token=x-1&b=2', 'https://cdn/live.m3u8?a=1&access_token=***&b=2'],
    ['https://s3/k?X-Amz-Signature=abc&X-Amz-Expires=60', 'https://s3/k?X-Amz-Signature=***&X-Amz-Expires=60'],
    ['[rtsp @ 0x5581] method DESCRIBE failed: 404', '[rtsp @ 0x5581] method DESCRIBE failed: 404'],
  ];
  for (const [given, shown] of texts) assert.equal(redact(given), shown);
});
