import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LazyArchive } from '../../../nodes/adapters/archive/lazy-archive.ts';
import { Alarms } from '../../../nodes/core/alarms/alarms.ts';
import { InstantLoop } from '../../../nodes/core/time/instant-loop.ts';
import { startPostgres } from '../../fixtures/postgres.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { until } from '../../fixtures/until.ts';

const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };

test('a database that is away at the start is waited for; what it asks for meanwhile is refused in words', async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const url = await postgres.createDatabase('archive', 'p@ss/word');
  await postgres.goAway();
  const dataRoot = await temporaryFolder(t);
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  const alarms = new Alarms(clock);
  const loop = new InstantLoop(clock);
  loop.start();
  const door = new LazyArchive({
    ...{ dataRoot, agent: 'studio', alarms, clock, loop },
    log: { debug: () => {}, info: keep, warn: keep, error: keep },
    shared: { url, isWorker: false, ownRoot: dataRoot },
  });
  t.after(async () => {
    loop.stop();
    await door.close();
  });
  door.goOn();
  const codes = () => alarms.list().map(({ code }) => code);
  await until(() => codes().includes('ARCHIVE_CLOSED'), { what: 'the alarm' });
  await assert.rejects(door.open(), { code: 'DATABASE_UNAVAILABLE' });
  let isOpen = false;
  door.onOpen(() => {
    isOpen = true;
  });
  await postgres.comeBack();
  await until(() => isOpen, { what: 'the archive to open by itself', timeoutMs: 45_000 });
  assert.deepEqual(codes(), []);
  assert.deepEqual(await (await door.open()).channels(), []);
  const said = lines.filter((line) => line.startsWith('the archive can not be opened'));
  assert.equal(said.length, 1, lines.join('\n'));
  assert.doesNotMatch(lines.join('\n'), /p@ss|p%40ss/);
});
