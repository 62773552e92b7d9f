import assert from 'node:assert/strict';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileCameras } from '../../../nodes/adapters/camera-list/file-cameras.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { until } from '../../fixtures/until.ts';

const signal = new AbortController().signal;

test('CSV with commas, semicolons or tabs, quotes and a byte order mark; JSON as an array or below "cameras"', async (t) => {
  const folder = await temporaryFolder(t);
  const rows = [
    { name: 'Gate, north', url: 'rtsp://u:p;w@10.0.0.1/' },
    { name: 'Hall', url: 'rtsp://10.0.0.2/' },
  ];
  const files: Record<string, string> = {
    'comma.csv': 'name,url\n"Gate, north",rtsp://u:p;w@10.0.0.1/\n\nHall,rtsp://10.0.0.2/\n',
    'semicolon.csv': '\uFEFFname;url\r\nGate, north;"rtsp://u:p;w@10.0.0.1/"\r\nHall; rtsp://10.0.0.2/\r\n',
    'tab.txt': 'name\turl\nGate, north\trtsp://u:p;w@10.0.0.1/\nHall\trtsp://10.0.0.2/\n',
    'array.json': JSON.stringify(rows),
    'object.JSON': JSON.stringify({ cameras: rows }),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    assert.deepEqual(await new FileCameras(join(folder, name)).read(signal), rows, name);
  }
});

test('what is no list is refused without a word of its text', async (t) => {
  const folder = await temporaryFolder(t);
  const refused = async (name: string, text: string, message: RegExp) => {
    await writeFile(join(folder, name), text);
    await assert.rejects(
      () => new FileCameras(join(folder, name)).read(signal),
      (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  };
  await refused('a.json', '[{"url":"rtsp://u:hunter2@x/"', /is not JSON/);
  await refused('b.json', '{"url":"rtsp://u:hunter2@x/"}', /is not an array of objects/);
  await refused('c.csv', '', /first line must name the columns/);
  await refused('d.csv', 'name,url\na,"rtsp://u:hunter2@x/\n', /not CSV.*line 2/);
  await assert.rejects(() => new FileCameras(join(folder, 'none.csv')).read(signal), { code: 'CAMERAS_FILE' });
});

test('a file that is changed, replaced, removed or put back is noticed', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'cameras.csv');
  await writeFile(path, 'name,url\n');
  const cameras = new FileCameras(path, { pollMs: 100 });
  let changes = 0;
  t.after(cameras.watch(() => changes++));
  const noticed = async (what: string, change: () => Promise<unknown>) => {
    const before = changes;
    await change();
    await until(() => changes > before, { what });
  };
  await noticed('a change', () => writeFile(path, 'name,url\na,rtsp://x/\n'));
  await writeFile(join(folder, 'next.csv'), 'name,url\nb,rtsp://x/\n');
  await noticed('a replacement', () => rename(join(folder, 'next.csv'), path));
  assert.deepEqual(await cameras.read(signal), [{ name: 'b', url: 'rtsp://x/' }]);
  await noticed('a removal', () => rm(path));
  await noticed('a return', () => writeFile(path, 'name,url\n'));
});
