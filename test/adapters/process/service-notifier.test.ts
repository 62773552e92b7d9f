import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ServiceNotifier, takeServiceContract } from '../../../nodes/adapters/process/service-notifier.ts';
import { listenForNotifications } from '../../fixtures/notify-socket.ts';
import { quietLog } from '../../fixtures/recording-bench.ts';
import { until } from '../../fixtures/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'notify-'));
const ends: (() => void)[] = [];
after(() => {
  for (const end of ends) end();
});

for (const [kind, address] of [
  ['a path', join(folder, 'socket')],
  ['an abstract name', `@reelflow-test-${process.pid}`],
] as const) {
  test(`messages reach a real socket: ${kind}`, async () => {
    const socket = await listenForNotifications(address);
    ends.push(socket.stop);
    const notifier = new ServiceNotifier({ socket: address }, quietLog);
    notifier.tell({ READY: '1', STATUS: 'recording "Café = 3" until 14:30' });
    for (let index = 1; index <= 20; index++) notifier.tell({ STATUS: `change ${index}` });
    notifier.tell({ WATCHDOG: '1' });
    await until(() => socket.with('WATCHDOG').length > 0, { what: 'the last message' });
    assert.deepEqual(
      socket.messages.map(({ fields }) => fields),
      [
        { READY: '1', STATUS: 'recording "Café = 3" until 14:30' },
        { STATUS: 'change 20', WATCHDOG: '1' },
      ],
      'one program at a time; what came meanwhile goes together, the newest of each',
    );
  });
}

test('a program that is missing or fails is said once, and does no harm', async () => {
  const warnings: string[] = [];
  const log = { ...quietLog, warn: (text: string) => void warnings.push(text) };
  for (const [program, words] of [
    ['no-such-notify', /no-such-notify/],
    ['false', /ended with 1/],
  ] as const) {
    const notifier = new ServiceNotifier({ socket: join(folder, 'nobody') }, log, { program });
    const before = warnings.length;
    notifier.tell({ WATCHDOG: '1' });
    await until(() => warnings.length > before, { what: 'the warning' });
    notifier.tell({ WATCHDOG: '1' });
    notifier.tell({ STATUS: 'again' });
    assert.match(warnings.at(-1) ?? '', words);
  }
  assert.equal(warnings.length, 2);
});

test('what could not be said is said again, with what is newer', async () => {
  const address = join(folder, 'late');
  const notifier = new ServiceNotifier({ socket: address }, quietLog, { retryMs: 100 });
  notifier.tell({ READY: '1', STATUS: 'first' });
  notifier.tell({ STATUS: 'second' });
  const socket = await listenForNotifications(address);
  ends.push(socket.stop);
  await until(() => socket.with('READY').length > 0, { what: 'READY=1' });
  assert.deepEqual(
    socket.messages.map(({ fields }) => fields),
    [{ READY: '1', STATUS: 'second' }],
  );
});

test('the contract is read and taken out of the environment', () => {
  const take = (env: Record<string, string>) => ({ contract: takeServiceContract(env, 42), env });
  assert.deepEqual(take({ HOME: '/', WATCHDOG_USEC: '5' }), { contract: undefined, env: { HOME: '/' } });
  assert.deepEqual(take({ NOTIFY_SOCKET: '@a' }), { contract: { socket: '@a' }, env: {} });
  const watched = { NOTIFY_SOCKET: '/s', WATCHDOG_USEC: '60000000' };
  assert.deepEqual(take({ ...watched }).contract, { socket: '/s', watchdogMs: 60_000 });
  assert.deepEqual(take({ ...watched, WATCHDOG_PID: '42' }).contract, { socket: '/s', watchdogMs: 60_000 });
  assert.deepEqual(take({ ...watched, WATCHDOG_PID: '7' }), { contract: { socket: '/s' }, env: {} });
});
