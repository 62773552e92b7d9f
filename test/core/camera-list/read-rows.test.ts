import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CameraRow, readColumns, readRow } from '../../../nodes/core/camera-list/camera-row.ts';
import { readRows } from '../../../nodes/core/camera-list/read-rows.ts';
import { readTemplates } from '../../../nodes/core/camera-list/url-template.ts';

const read = (row: CameraRow, columns = '', templates = '') =>
  readRow(row, { listId: 'l', columns: readColumns(columns), templates: readTemplates(templates) });
const urlOf = (row: CameraRow, templates = '') => read({ name: 'a', ...row }, '', templates).url;

test('the table of the old service is enough: id, name, url', () => {
  assert.deepEqual(read({ id: 7, name: 'cam1', url: 'rtsp://10.0.0.1/', other: null }), {
    ...{ id: 'l:7', name: 'cam1', url: 'rtsp://10.0.0.1/', options: {} },
  });
  assert.equal(read({ name: 'cam1', url: 'rtsp://10.0.0.1/' }).id, 'l:cam1');
});

test('columns may be called otherwise, in any writing, and be text as in CSV', () => {
  const row = {
    Nr: '3',
    Titel: 'Tor',
    rtsp_address: 'rtsp://10.0.0.3/',
    FRAME_RATE: '12.5',
    wallClock: 'yes',
    enabled: 'f',
  };
  assert.deepEqual(read(row, 'id = Nr\nname = titel\n# remark\nurl = RTSP_address'), {
    id: 'l:3',
    name: 'Tor',
    url: 'rtsp://10.0.0.3/',
    options: { frameRate: 12.5, wallClock: true, isPaused: true },
  });
  assert.throws(() => readColumns('colour = c'), { code: 'COLUMNS_INVALID', message: /field of id, name, url/ });
});

test('options come as columns, as a JSON object or both', () => {
  const { options } = read({
    name: 'a',
    url: 'srt://10.0.0.1:9000',
    options: '{"audio":"opus","mode":"pull"}',
    mode: 'ffmpeg',
    extra_output: '-g 50',
    record_hours: 24,
    record_max_bytes: '1000000000',
  });
  assert.deepEqual(options, {
    ...{ audio: 'opus', mode: 'ffmpeg', extraOutput: ['-g', '50'] },
    recordLoop: { hours: 24, maxBytes: 1_000_000_000 },
  });
});

test('user and password of their own columns go into the address, encoded', () => {
  const login = { user: 'ad:min', password: "p@ss/w'd" };
  assert.equal(urlOf({ url: 'rtsp://10.0.0.1/s', ...login }), 'rtsp://ad%3Amin:p%40ss%2Fw%27d@10.0.0.1/s');
  assert.equal(urlOf({ url: 'rtsp://x:y@10.0.0.1/s', ...login }), 'rtsp://x:y@10.0.0.1/s');
});

test('makes and hosts become addresses', () => {
  const camera = { host: '10.0.0.1', user: 'admin', password: 'a b' };
  const urls = [
    { make: 'Hikvision', ...camera, channel: 2, stream: 'sub' },
    { make: 'dahua', ...camera },
    { make: 'axis', host: 'cam.example', port: 8554 },
    { make: 'reolink', host: 'fe80::1', stream: 'sub' },
  ].map((row) => urlOf(row));
  assert.deepEqual(urls, [
    'rtsp://admin:a%20b@10.0.0.1:554/Streaming/Channels/202',
    'rtsp://admin:a%20b@10.0.0.1:554/cam/realmonitor?channel=1&subtype=0',
    'rtsp://cam.example:8554/axis-media/media.amp?camera=1&videocodec=h264',
    'rtsp://[fe80::1]:554/h264Preview_01_sub',
  ]);
  const own = 'acme = rtsp://{login}{host}:{port}/{channel}\nhikvision = rtsp://{host}/own';
  assert.equal(urlOf({ make: 'acme', host: 'h', channel: 4 }, own), 'rtsp://h:554/4');
  assert.equal(urlOf({ make: 'hikvision', host: 'h' }, own), 'rtsp://h/own');
  assert.throws(() => urlOf({ make: 'acme', host: 'h' }, own), { field: 'channel', message: /acme needs it/ });
  assert.throws(() => urlOf({ make: 'nobody', host: 'h' }), { field: 'make', message: /there are amcrest/ });
  assert.throws(() => urlOf({ make: 'axis' }), { field: 'host' });
  assert.throws(() => readTemplates('acme = rtsp://{host}/{pin}'), { code: 'TEMPLATE_INVALID', message: /\{pin\}/ });
  assert.throws(() => readTemplates('acme = rtsp://10.0.0.1/'), { message: /has no \{host\}/ });
});

test('a bad row is left out with its reason; one that was good before leaves its camera as it was', () => {
  const known = [{ id: 'l:1', name: 'cam1', url: 'rtsp://10.0.0.1/', options: {} }];
  const rows = [
    { id: 1, name: 'cam1', url: 'rtsp//u:hunter2@10.0.0.1' },
    { id: 2, name: '', url: 'rtsp://10.0.0.2/' },
    { id: 3, name: 'cam 3', url: 'rtsp://10.0.0.3/' },
    { id: 4, name: 'cam-3', url: 'rtsp://10.0.0.4/' },
    { id: 3, name: 'again', url: 'rtsp://10.0.0.5/' },
  ];
  const { cameras, problems } = readRows(rows, {
    listId: 'l',
    columns: {},
    templates: [],
    known,
    takenBy: () => undefined,
  });
  assert.deepEqual(
    cameras.map(({ id, url }) => `${id} ${url}`),
    ['l:1 rtsp://10.0.0.1/', 'l:3 rtsp://10.0.0.3/'],
  );
  assert.deepEqual(
    problems.map(({ row, field }) => `${row}: ${field}`),
    ['row 1 (cam1): url', 'row 2: name', 'row 4 (cam-3): name', 'row 5 (again): id'],
  );
  assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
});
