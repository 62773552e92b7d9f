import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { FoundDevice } from '../../core/camera-list/camera-finder.ts';
import { ReelflowError } from '../../core/errors.ts';
import { deviceTypes, probeMessage, readProbeMatches } from './probe-match.ts';

const group = '239.255.255.250';
const port = 3702;
/** Devices answer within half a second (their APP_MAX_DELAY), slow ones later. */
const listenMs = 3000;
/** UDP loses some: everything is asked twice. */
const againAfterMs = 700;
const mostDevices = 500;

/**
 * Asks for cameras in every network that this machine is in (IPv4), itself included. Routers do not pass this on: cameras
 * elsewhere are found by their address only.
 *
 * Rejects with SEARCH_FAILED when it could be asked nowhere.
 */
export async function searchNetworks(): Promise<FoundDevice[]> {
  const addresses = Object.values(networkInterfaces()).flatMap((one = []) =>
    one.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  );
  const found = new Map<string, FoundDevice>();
  const outcomes = await Promise.allSettled(
    addresses.map((address) =>
      searchOne(address, (device) => {
        if (found.size < mostDevices && !found.has(device.id)) found.set(device.id, device);
      }),
    ),
  );
  if (!outcomes.some(({ status }) => status === 'fulfilled')) {
    const reasons = outcomes.map((one) => (one.status === 'rejected' ? String(one.reason) : '')).join('; ');
    throw new ReelflowError(
      'SEARCH_FAILED',
      `cameras could be asked for in no network: ${reasons || 'there is none'}`,
      {
        isRetryable: true,
      },
    );
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name) || a.address.localeCompare(b.address));
}

/** Settles when its time is over; rejects when it could not ask. */
async function searchOne(address: string, onFound: (device: FoundDevice) => void): Promise<void> {
  const socket = createSocket('udp4');
  const messages = deviceTypes.map((type) => ({ id: `urn:uuid:${randomUUID()}`, type }));
  const ids = messages.map(({ id }) => id);
  socket.on('message', (bytes, { address: sender }) => {
    for (const device of readProbeMatches(bytes.toString('utf8'), sender, ids)) onFound(device);
  });
  const askAll = () => Promise.all(messages.map(({ id, type }) => send(socket, probeMessage(id, type))));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, address, resolve);
    });
    socket.setMulticastInterface(address);
    await askAll();
    await new Promise<void>((resolve, reject) => {
      socket.removeAllListeners('error').once('error', reject);
      setTimeout(() => void askAll().catch(reject), againAfterMs);
      setTimeout(resolve, listenMs);
    });
  } finally {
    socket.removeAllListeners().on('error', () => {});
    socket.close();
  }
}

function send(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) =>
    socket.send(text, port, group, (error) => (error ? reject(error) : resolve())),
  );
}
