import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type OpenedBus, openBus } from '../../../nodes/adapters/mqtt/open-bus.ts';
import { access, linesTo, mosquitto, startMosquitto } from '../../fixtures/broker-bench.ts';
import { makeCertificates } from '../../fixtures/certificates.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { until } from '../../fixtures/until.ts';

/** A real mosquitto that speaks TLS, with a certificate for `name`. */
async function startBroker(context: TestContext, name = 'IP:127.0.0.1') {
  const folder = await temporaryFolder(context);
  const files = makeCertificates(folder, name);
  const port = await freePort();
  const broker = await startMosquitto(port, folder, files);
  context.after(() => broker.stop());
  return { port, folder, files };
}

async function open(
  context: TestContext,
  port: number,
  caFile?: string,
): Promise<{ opened: OpenedBus; lines: string[] }> {
  const lines: string[] = [];
  const opened = await openBus({
    environment: {
      agent: 'hall-1',
      host: '127.0.0.1',
      mqttPort: 0,
      broker: `mqtts://bus:bus@127.0.0.1:${port}`,
      ...(caFile !== undefined && { brokerCa: readFileSync(caFile, 'utf8') }),
    },
    access,
    retainedPath: join('/nonexistent', 'unused.json'),
    log: linesTo(lines),
  });
  context.after(() => opened.close());
  return { opened, lines };
}

const isRefused = ({ bus }: OpenedBus) => until(() => bus.trouble?.code === 'BROKER_TLS', { what: 'the refusal' });

test('mqtts with the file of a private authority, both ways', async (context) => {
  const { port, files } = await startBroker(context);
  const { opened } = await open(context, port, files.ca);
  const { bus } = opened;
  await until(() => bus.isConnected, { what: 'the connection' });
  assert.equal(bus.trouble, undefined);
  const login = ['-h', '127.0.0.1', '-p', String(port), '-u', 'bus', '-P', 'bus', '--cafile', files.ca];
  const heard: string[] = [];
  bus.subscribe('in/#', ({ payload }) => void heard.push(new TextDecoder().decode(payload)));
  bus.publish('out/state', { a: 1 }, { isRetained: true, qos: 1 });
  const { out, err } = await mosquitto('mosquitto_sub', [...login, '-t', 'out/#', '-C', '1', '-W', '10', '-v']);
  assert.equal(out, 'out/state {"a":1}\n', err);
  await mosquitto('mosquitto_pub', [...login, '-t', 'in/x', '-m', 'hello']);
  await until(() => heard.includes('hello'), { what: 'the message' });
});

test('an authority that nobody knows is refused and said, without the password', async (context) => {
  const { port } = await startBroker(context);
  const { opened, lines } = await open(context, port);
  await isRefused(opened);
  assert.equal(opened.bus.isConnected, false);
  assert.match(opened.bus.trouble?.message ?? '', /^the broker mqtts:\/\/\S+ can not be used: .*certificate/);
  assert.equal(lines.filter((line) => line.startsWith('warn')).length, 1, 'said once, not at each try');
  assert.doesNotMatch(JSON.stringify([lines, opened.bus.trouble]), /bus:bus/);
});

test('a certificate for another host is refused although its authority is known', async (context) => {
  const { port, files } = await startBroker(context, 'DNS:other.example.org');
  const { opened } = await open(context, port, files.ca);
  await isRefused(opened);
  assert.equal(opened.bus.isConnected, false);
});

test('another authority than that of the broker is refused', async (context) => {
  const { port } = await startBroker(context);
  const other = makeCertificates(await temporaryFolder(context), 'IP:127.0.0.1');
  const { opened } = await open(context, port, other.ca);
  await isRefused(opened);
  assert.equal(opened.bus.isConnected, false);
});
