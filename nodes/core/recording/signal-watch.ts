import type { CaptureStatus } from './capture.ts';

/** Below this RMS there is nothing but the noise of the input, dBFS. */
const silentBelowDbfs = -60;
/** Mean luma (0..255, studio range) of a black picture: 16 plus noise. */
const blackBelowLuma = 20;

export interface SignalFinding {
  code: 'SILENCE' | 'BLACK_PICTURE';
  message: string;
}

/** Notices silence and black picture that last; says so once for each stretch. Times are monotonic milliseconds. */
export class SignalWatch {
  readonly #limits: { silenceMs: number; blackMs: number };
  readonly #since = new Map<SignalFinding['code'], { from: number; isTold: boolean }>();

  constructor(limits: { silenceMs: number; blackMs: number }) {
    this.#limits = limits;
  }

  look(status: Pick<CaptureStatus, 'levelDbfs' | 'luma'>, monotonicMs: number): SignalFinding[] {
    const { silenceMs, blackMs } = this.#limits;
    const isSilent = status.levelDbfs !== undefined && status.levelDbfs < silentBelowDbfs;
    const isBlack = status.luma !== undefined && status.luma < blackBelowLuma;
    return [
      ...this.#judge('SILENCE', isSilent, silenceMs, monotonicMs, 'no sound'),
      ...this.#judge('BLACK_PICTURE', isBlack, blackMs, monotonicMs, 'the picture is black'),
    ];
  }

  #judge(code: SignalFinding['code'], isSo: boolean, limitMs: number, now: number, what: string): SignalFinding[] {
    if (!isSo || limitMs <= 0) {
      this.#since.delete(code);
      return [];
    }
    const stretch = this.#since.get(code) ?? { from: now, isTold: false };
    this.#since.set(code, stretch);
    if (stretch.isTold || now - stretch.from < limitMs) return [];
    stretch.isTold = true;
    return [{ code, message: `${what} for ${Math.round(limitMs / 1000)} s` }];
  }
}
