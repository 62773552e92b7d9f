import type { ReelflowError } from '../errors.ts';
import { JobGivenUp } from '../jobs/job-pause.ts';
import type { IngestNode, OpencastCore } from '../opencast/opencast-core.ts';
import { OpencastStatusError } from '../opencast/opencast-error.ts';
import type { IngestPlan, PlannedElement } from './ingest-plan.ts';
import type { IngestSettings, IngestStepReport } from './ingests.ts';
import {
  afterStep,
  type IngestStep,
  nextStep,
  type PackageState,
  withElement,
  withoutPackage,
} from './package-state.ts';
import { refusalsThatTell, submitOutcome } from './submit-outcome.ts';

export interface IngestRun {
  plan: IngestPlan;
  state: PackageState;
  settings: Pick<IngestSettings, 'onLostReply'>;
  core: OpencastCore;
  abort: AbortSignal;
  /** Bytes of a file now. Rejects with SOURCE_MISSING. */
  measure(path: string): Promise<number>;
  bytesPerSecond(): number;
  now(): number;
  /** Puts the state on the disk; the next step only begins when it returns. */
  save(state: PackageState): void;
  onProgress(progress: { state: 'uploading' | 'ingesting'; step: IngestStepReport; bytesDone: number }): void;
  warn: (message: string) => void;
}

/** Failures in a row after which another node may be better. */
const failuresUntilMove = 3;
/** The core's word that a package is no good counts when it is said twice. */
const rejectionsUntilAnew = 2;
/** What a core without createMediaPackageWithID answers. */
const withoutOwnIds = [404, 405, 501];

/**
 * Goes on where `state` stands until the core has accepted the package. Rejects with what stands in the way; everything
 * that was reached by then has been saved. {@link JobGivenUp} INGEST_UNCLEAR: a person must look whether the core has it.
 */
export async function runIngest(run: IngestRun): Promise<PackageState> {
  let { state } = run;
  const keep = (next: PackageState): void => {
    state = next;
    run.save(next);
  };
  const moved = await moveAway(run, state);
  if (moved !== state) keep(moved);
  for (;;) {
    run.abort.throwIfAborted();
    const step = nextStep(run.plan, state);
    if (step.kind === 'done') return state;
    run.onProgress({
      state: step.kind === 'submit' ? 'ingesting' : 'uploading',
      step: stepReport(run.plan, step),
      bytesDone: bytesDone(run.plan, state),
    });
    const before = state;
    try {
      if (step.kind === 'create') keep(afterStep(state, await create(run)));
      else if (step.kind === 'add') keep(withElement(state, step.element.key, await add(run, state, step.element)));
      else {
        // From here on it may have been taken, whatever happens to us.
        keep({ ...state, submission: state.submission ?? { unknownSince: run.now(), refusals: 0 } });
        await submit(run, state);
        keep(afterStep(state, { acceptedAt: run.now() }));
      }
    } catch (error) {
      keep(afterFailure(run, step, before, error));
      if (state.acceptedAt !== undefined) continue;
      if (isQuestion(run, step, state)) throw unclear(run, error);
      throw error;
    }
  }
}

/** The package is created first and submitted last; between them is each of its elements. */
function stepReport({ elements }: IngestPlan, step: Exclude<IngestStep, { kind: 'done' }>): IngestStepReport {
  const of = elements.length + 2;
  if (step.kind === 'create') return { kind: 'create', number: 1, of };
  if (step.kind === 'submit') return { kind: 'submit', number: of, of };
  const { element } = step;
  const number = elements.indexOf(element) + 2;
  return { kind: element.kind, number, of, ...(element.kind === 'track' && { input: element.track.input }) };
}

/** Bytes that are at the core. */
export function bytesDone(plan: IngestPlan, state: PackageState): number {
  const added = plan.elements.filter(({ kind, key }) => kind === 'track' && state.done.includes(key));
  return added.reduce((sum, element) => sum + (element.kind === 'track' ? element.track.sizeBytes : 0), 0);
}

/** A node that failed again and again, and that the core no longer names, is given up. */
async function moveAway({ core, plan, abort, warn }: IngestRun, state: PackageState): Promise<PackageState> {
  if (state.endpoint === undefined || state.failures < failuresUntilMove) return state;
  const nodes = await core.discover('org.opencastproject.ingest', abort).catch(() => []);
  const [best] = nodes;
  if (!best || nodes.some(({ endpoint }) => endpoint === state.endpoint)) return state;
  warn(`the ingest node ${state.endpoint} is gone; it goes on at ${best.endpoint}`);
  // All files are there: what starts the workflow is taken by any node.
  if (nextStep(plan, state).kind === 'submit') return { ...state, endpoint: best.endpoint };
  return withoutPackage(state);
}

async function create({ core, plan, abort }: IngestRun): Promise<Partial<PackageState>> {
  const node = await core.openIngest(abort);
  const { endpoint } = node;
  try {
    const mediaPackage = await node.createMediaPackageWithId(plan.mediaPackageId, abort);
    return { endpoint, mediaPackage, hasOwnId: true, done: [] };
  } catch (error) {
    if (!(error instanceof OpencastStatusError) || !withoutOwnIds.includes(error.status)) throw error;
    return { endpoint, mediaPackage: await node.createMediaPackage(abort), hasOwnId: false, done: [] };
  }
}

async function add(run: IngestRun, state: PackageState, element: PlannedElement): Promise<string> {
  const { abort } = run;
  const node = nodeOf(run, state);
  const mediaPackage = state.mediaPackage ?? '';
  const { flavor } = element;
  switch (element.kind) {
    case 'catalog':
      return node.addDcCatalog({ mediaPackage, dublinCore: element.xml, flavor }, abort);
    case 'attachment':
      return node.addAttachment({ mediaPackage, flavor, fileName: element.fileName, content: element.xml }, abort);
    case 'track': {
      const { path, mimeType } = element.track;
      const before = bytesDone(run.plan, state);
      const step = stepReport(run.plan, { kind: 'add', element });
      return node.addTrack(
        {
          mediaPackage,
          flavor,
          ...(element.tags.length > 0 ? { tags: element.tags } : {}),
          file: { path, sizeBytes: await run.measure(path), mimeType },
          bytesPerSecond: () => run.bytesPerSecond(),
          onProgress: (sent) => run.onProgress({ state: 'uploading', step, bytesDone: before + sent }),
        },
        abort,
      );
    }
  }
}

async function submit(run: IngestRun, state: PackageState): Promise<void> {
  const { plan, abort } = run;
  await nodeOf(run, state).ingest(
    {
      mediaPackage: state.mediaPackage ?? '',
      ...(plan.workflowDefinitionId ? { workflowDefinitionId: plan.workflowDefinitionId } : {}),
      ...(state.hasOwnId ? {} : { workflowInstanceId: plan.mediaPackageId }),
      parameters: plan.parameters,
    },
    abort,
  );
}

function nodeOf({ core }: IngestRun, { endpoint }: PackageState): IngestNode {
  return core.ingestAt(endpoint ?? '');
}

function afterFailure(run: IngestRun, step: IngestStep, before: PackageState, error: unknown): PackageState {
  // Told to stop: that says nothing about the core. What may have been handed over stays noted.
  const failures = before.failures + (run.abort.aborted ? 0 : 1);
  if (step.kind === 'submit') return afterSubmit(run, before, error, failures);
  const rejections = before.rejections + (isRejection(error) ? 1 : 0);
  const failed = { ...before, failures, rejections };
  if (step.kind === 'create' || rejections < rejectionsUntilAnew) return failed;
  run.warn('the core does not take this media package any more; a new one is begun');
  return { ...withoutPackage(failed), failures };
}

function afterSubmit(run: IngestRun, before: PackageState, error: unknown, failures: number): PackageState {
  const outcome = submitOutcome(error, before.submission);
  const accepted = { ...before, acceptedAt: run.now(), failures: 0 };
  const submission = before.submission ?? { unknownSince: run.now(), refusals: 0 };
  switch (outcome.kind) {
    case 'accepted-before':
      run.warn('the core refused it because its workflow runs already: an earlier answer was lost');
      return accepted;
    case 'unknown':
      return { ...before, submission, failures };
    case 'unclear':
      if (outcome.refusals >= refusalsThatTell && run.settings.onLostReply === 'resend') {
        run.warn(`the core refused it ${outcome.refusals} times after an answer was lost: it counts as accepted`);
        return accepted;
      }
      return { ...before, submission: { ...submission, refusals: outcome.refusals }, failures };
    case 'refused': {
      const rejections = before.rejections + (isRejection(error) ? 1 : 0);
      const refused = { ...before, failures, rejections };
      if (before.submission || rejections < rejectionsUntilAnew) return refused;
      run.warn('the core does not take this media package; a new one is begun');
      return { ...withoutPackage(refused), failures };
    }
  }
}

function isRejection(error: unknown): boolean {
  return error instanceof OpencastStatusError && [400, 404, 409, 410].includes(error.status);
}

function isQuestion({ settings, abort }: IngestRun, step: IngestStep, state: PackageState): boolean {
  return settings.onLostReply === 'ask' && step.kind === 'submit' && state.submission !== undefined && !abort.aborted;
}

function unclear({ plan }: IngestRun, cause: unknown): ReelflowError {
  return new JobGivenUp(
    'INGEST_UNCLEAR',
    `the core's answer to the last request was lost: look whether event ${plan.mediaPackageId} is processed there; ` +
      'if not, upload it again',
    { cause },
  );
}
