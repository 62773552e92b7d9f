import type { IngestPlan, PlannedElement } from './ingest-plan.ts';

/**
 * How far one upload is; kept on the disk after each step. The core itself can not be asked: a capture agent may not
 * read workflows, so this is all that is known after a restart.
 */
export interface PackageState {
  /** Whether the core had scheduled it; found out once, so that one package is not made of two plans. */
  isKnown?: boolean;
  /** Whether another recording of the same event goes to the core as that event: this one is a package of its own. */
  isSequel?: boolean;
  /** The one ingest node that the package belongs to. */
  endpoint?: string;
  /** XML as the last good step answered it. */
  mediaPackage?: string;
  /** False: the core could not take our id, and is told it by `workflowInstanceId` at the end. */
  hasOwnId?: boolean;
  /** Keys of the elements that are at the core. */
  done: string[];
  /** Set before the last request is sent; gone again when the core certainly did not take it. */
  submission?: Submission;
  /** Epoch ms. */
  acceptedAt?: number;
  /** In a row, of this package. */
  failures: number;
  /** Of these, how often the core said that the package itself is no good. */
  rejections: number;
  /** The random delay, chosen once. */
  notBefore?: number;
  pause?: Pause;
  /** A person asked for it: delay and window no longer count. */
  isUrgent?: boolean;
}

export interface Submission {
  /** Epoch ms of the first one whose answer never came. */
  unknownSince: number;
  /** Refused since then, without a reason that tells anything. */
  refusals: number;
}

/** Why its job was put back or given up; `attempts` is the job's count at that time. */
export type Pause =
  | { kind: 'node'; until: number }
  | { kind: 'delay' | 'window'; until: number; attempts: number }
  /** Until a person decides. */
  | { kind: 'hold' | 'question' };

export type IngestStep =
  | { kind: 'create' }
  | { kind: 'add'; element: PlannedElement }
  | { kind: 'submit' }
  | { kind: 'done' };

export function newPackage(): PackageState {
  return { done: [], failures: 0, rejections: 0 };
}

export function nextStep(plan: IngestPlan, state: PackageState): IngestStep {
  if (state.acceptedAt !== undefined) return { kind: 'done' };
  if (state.mediaPackage === undefined || state.endpoint === undefined) return { kind: 'create' };
  const element = plan.elements.find(({ key }) => !state.done.includes(key));
  return element ? { kind: 'add', element } : { kind: 'submit' };
}

/** A step worked: `mediaPackage` is what the next one starts from. */
export function afterStep(state: PackageState, change: Partial<PackageState>): PackageState {
  return { ...state, ...change, failures: 0, rejections: 0 };
}

export function withElement(state: PackageState, key: string, mediaPackage: string): PackageState {
  return afterStep(state, { mediaPackage, done: [...state.done, key] });
}

/** Begins a new package at another node; never once the last request may have been taken. */
export function withoutPackage(state: PackageState): PackageState {
  if (state.submission) return state;
  const { endpoint: _node, mediaPackage: _xml, hasOwnId: _id, ...rest } = state;
  return { ...rest, done: [], failures: 0, rejections: 0 };
}

/** Whether a person asked for a job again, before its time. A job that a dead process left comes back as one attempt more. */
export function isAskedFor(pause: Pause, attempts: number, now: number): boolean {
  // A failed job begins to count anew when it is retried.
  switch (pause.kind) {
    case 'hold':
    case 'question':
      return attempts === 1;
    case 'node':
      return false;
    case 'delay':
    case 'window':
      return attempts === pause.attempts && now < pause.until - clockSlackMs;
  }
}

/** Steps of the clock that time servers make. */
const clockSlackMs = 2000;
