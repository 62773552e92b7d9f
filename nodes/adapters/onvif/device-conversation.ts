import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import onvif from 'onvif';
import type { DeviceAnswer, DeviceQuestion, StreamProfile } from '../../core/camera-list/camera-finder.ts';
import { noAnswer, silence } from './device-trouble.ts';

/**
 * One conversation with a device, in a thread of its own (see OnvifCameras): the library takes answers of any length, searches
 * them with slow patterns and throws where nobody can catch it, and a device can be anybody's.
 */
const requestTimeoutMs = 4000;
const longestAnswersBytes = 2 * 1024 * 1024;
const mostProfiles = 16;

type Ask = (callback: (error: Error | null | false, data?: unknown) => void) => void;
type Fields = Record<string, unknown>;

export async function converse({ address, user, password }: DeviceQuestion): Promise<DeviceAnswer> {
  const url = new URL(address);
  const isSecure = url.protocol === 'https:';
  const cam = new onvif.Cam({
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (isSecure ? 443 : 80),
    path: url.pathname + url.search,
    useSecure: isSecure,
    // Cameras sign their certificates themselves. The password does not cross the wire: the library sends digests.
    secureOpts: { rejectUnauthorized: false },
    agent: bounded(isSecure ? new SecureAgent() : new Agent()),
    timeout: requestTimeoutMs,
    autoconnect: false,
    preserveAddress: true,
    ...(user === undefined ? {} : { username: user, password: password ?? '' }),
  });
  let denied = false;
  cam.on('rawResponse', (xml: string, status: number) => {
    denied = status === 401 || status === 403 || /not\s*authori[sz]ed|unauthori[sz]ed/i.test(xml);
  });
  /** Never a second login with what was refused: cameras lock out who tries more often. */
  const ask = (question: Ask): Promise<unknown> =>
    new Promise((resolve, reject) => {
      question((error, data) => {
        if (!error) resolve(data);
        else if (denied || /\b40[13]\b|authori[sz]/i.test(error.message)) reject(new Trouble('unauthorised'));
        else reject(error);
      });
    });
  const orElse = async (question: Ask): Promise<unknown> => {
    try {
      return await ask(question);
    } catch (error) {
      if (error instanceof Trouble) throw error;
      return undefined;
    }
  };

  try {
    // Its clock first: digests are only good for some seconds of it.
    await ask((done) => cam.getSystemDateAndTime(done));
    // Older devices only know capabilities.
    if (!(await orElse((done) => cam.getServices(true, done)))) await ask((done) => cam.getCapabilities(done));
    const services = cam as unknown as { uri?: Fields; media2Support?: boolean };
    if (!services.uri?.['media'] && !services.uri?.['media2']) throw new Trouble('no-video');
    let profiles = await orElse((done) => cam.getProfiles(done));
    if (profiles === undefined && services.media2Support && services.uri['media']) {
      services.media2Support = false;
      profiles = await ask((done) => cam.getProfiles(done));
    }
    if (!Array.isArray(profiles)) throw new Trouble('no-video');
    const streams: StreamProfile[] = [];
    for (const profile of profiles.slice(0, mostProfiles) as Fields[]) {
      const profileToken = text(fields(profile['$'])['token']);
      if (profileToken === undefined) continue;
      const stream = fields(await orElse((done) => cam.getStreamUri({ protocol: 'RTSP', profileToken }, done)));
      const at = atDevice(stream['uri'], url, /^rtsps?:$/);
      if (at === undefined) continue;
      const snapshot = fields(await orElse((done) => cam.getSnapshotUri({ profileToken }, done)));
      streams.push(streamOf(profile, profileToken, at, atDevice(snapshot['uri'], url, /^https?:$/)));
    }
    if (streams.length === 0) throw new Trouble('no-video');
    const about = fields(await orElse((done) => cam.getDeviceInformation(done)));
    return {
      ok: true,
      ...given({ manufacturer: text(about['manufacturer']), model: text(about['model']) }),
      profiles: streams,
    };
  } catch (error) {
    return noAnswer(error instanceof Trouble ? error.reason : silence(error));
  }
}

class Trouble extends Error {
  readonly reason: 'unauthorised' | 'no-video';

  constructor(reason: 'unauthorised' | 'no-video') {
    super(reason);
    this.reason = reason;
  }
}

function streamOf(profile: Fields, token: string, url: string, snapshotUrl: string | undefined): StreamProfile {
  const video = fields(profile['videoEncoderConfiguration']);
  const resolution = fields(video['resolution']);
  const rate = fields(video['rateControl']);
  return {
    token,
    name: text(profile['name']) ?? token,
    ...given({
      codec: text(video['encoding']),
      width: amount(resolution['width']),
      height: amount(resolution['height']),
      framesPerSecond: amount(rate['frameRateLimit']),
      kilobitsPerSecond: amount(rate['bitrateLimit']),
      audioCodec: text(fields(profile['audioEncoderConfiguration'])['encoding']),
    }),
    url,
    ...given({ snapshotUrl }),
  };
}

/**
 * An address that the device gave, at the host that was asked: behind a router it names one that nobody else can reach, and
 * the login goes to nobody else.
 */
function atDevice(address: unknown, { hostname }: URL, schemes: RegExp): string | undefined {
  const url = typeof address === 'string' && address.length <= 2048 ? URL.parse(address.trim()) : null;
  if (!url || !schemes.test(url.protocol)) return undefined;
  url.username = '';
  url.password = '';
  url.hostname = hostname;
  return url.href;
}

/** Ends all of it when the device sends more than any camera has to say. */
function bounded<Connections extends Agent>(agent: Connections): Connections {
  let left = longestAnswersBytes;
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (...given: Parameters<typeof connect>) => {
    const socket = connect(...given);
    socket?.on('data', (bytes: Buffer) => {
      left -= bytes.length;
      if (left < 0) throw new Error('the answers are too long');
    });
    return socket;
  };
  return agent;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** The library makes numbers and truths of texts that look like them. */
function text(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  return String(value).trim().slice(0, 128) || undefined;
}

function amount(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 && value < 1e7 ? value : undefined;
}

function given<Values extends Fields>(values: Values): { [Key in keyof Values]?: NonNullable<Values[Key]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Values]?: NonNullable<Values[Key]>;
  };
}

if (!isMainThread) parentPort?.postMessage(await converse(workerData as DeviceQuestion));
