import type { DeviceAnswer } from '../../core/camera-list/camera-finder.ts';

const words = {
  refused: 'nothing answers at this address: the device is off, starting, or the port is wrong',
  'no-host': 'the device can not be reached: no such host, or no way to it',
  timeout: 'the device does not answer in time',
  unauthorised: 'the device wants user and password, or does not take these',
  'not-found': 'what answers at this address does not speak ONVIF, or has it switched off',
  'no-video': 'the device offers no stream of pictures',
} as const;

export type DeviceTrouble = keyof typeof words;

/** The same classes that restreams have. */
export function noAnswer(reason: DeviceTrouble): DeviceAnswer {
  return { ok: false, reason, message: words[reason] };
}

/** Why a question had no answer that could be read. */
export function silence(error: unknown): DeviceTrouble {
  const { code = '', message = '' } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (code === 'ECONNREFUSED') return 'refused';
  if (/^(ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|EADDRNOTAVAIL)$/.test(code)) return 'no-host';
  if (code === 'ETIMEDOUT' || /timeout/i.test(message)) return 'timeout';
  return 'not-found';
}
