import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCameraMessage } from '../../../nodes/core/camera-list/camera-message.ts';
import { pathOf } from '../../../nodes/core/camera-list/camera-path.ts';

const camera = { id: 'table:1', name: 'cam1', url: 'rtsp://10.0.0.1/stream' };
const read = (changes: object) => readCameraMessage({ action: 'add', camera: { ...camera, ...changes } });
const refused = (changes: object, field: string, reason: RegExp) =>
  assert.throws(() => read(changes), { code: 'MESSAGE_INVALID', field: `payload.camera.${field}`, message: reason });

test('a name that is plain already is the path; others become plain, always in the same way', () => {
  const paths = ['cam1', 'Camera_2', 'Gate 3 / north', 'Вход 1', 'Tür', '正门', '  -a- ', 'x'.repeat(80), '...'].map(
    pathOf,
  );
  assert.deepEqual(paths, ['cam1', 'Camera_2', 'Gate-3-north', 'Vkhod-1', 'Tur', 'ZhengMen', 'a', 'x'.repeat(64), '']);
});

test('a camera of a list is read with its options', () => {
  assert.deepEqual(read({}).camera, { ...camera, options: {} });
  const options = { transport: 'udp', audio: 'aac', extraOutput: ['-g', '50', '-sn'], recordLoop: { hours: 24 } };
  assert.deepEqual(read({ options }).camera.options, options);
});

test('what is wrong is named, and an address is not repeated', () => {
  refused({ url: 'file:///etc/passwd' }, 'url', /begins with rtsp:\/\//);
  refused({ url: 'rtsp://user:hunter2@ho st/' }, 'url', /^(?!.*hunter2)/);
  refused({ name: '---' }, 'name', /letter or a digit/);
  refused({ options: { audio: 'mp3' } }, 'options.audio', /opus/);
  refused({ options: { extraInput: ['-i', '/etc/passwd'] } }, 'options.extraInput[0]', /is not an option/);
  refused({ options: { extraOutput: ['-metadata', 'title=/etc/x'] } }, 'options.extraOutput[1]', /may have letters/);
  refused({ options: { extraOutput: ['-g'] } }, 'options.extraOutput[0]', /needs a value/);
  refused({ options: { target: 'http://host/' } }, 'options.target', /srt:\/\//);
});
