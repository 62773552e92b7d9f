import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { ReelflowError, toReelflowError } from '../../../core/errors.ts';
import type { Log } from '../../../core/log.ts';
import { redact } from '../../../core/redact.ts';
import { captureFiles } from '../../ffmpeg/output-arguments.ts';
import { startCapture } from '../../ffmpeg/start-capture.ts';
import { toolFacts } from '../../ffmpeg/tool-facts.ts';
import { cleanToolLog, readToolLog } from '../../ffmpeg/tool-log.ts';
import { isRunning, type ProcessIdentity } from '../../process/identity.ts';
import { stalledGraces, terminateGroup } from '../../process/terminate.ts';
import { firstMode, type IngestMode, ingestPlan, nextMode, playlistName } from './ingest-plan.ts';

const recordName = 'ingest.json';
const record = z.object({
  urlHash: z.string(),
  run: z.string(),
  startedAt: z.number(),
  process: z.object({ pid: z.number(), startTicks: z.string(), bootId: z.string(), commandHash: z.string() }),
});
type IngestRecord = z.infer<typeof record>;

const lookEveryMs = 2000;
/** No segment for so long: the stream stands still, whatever the tool says. */
const stallMs = 20_000;
const pausesMs = [2000, 2000, 5000, 10_000, 30_000, 60_000];
/** A run that lasted so long was none of a row of failures. */
const goodRunMs = 60_000;
const logTailBytes = 4000;

export interface IngestOptions {
  url: string;
  /** Tells two addresses apart without keeping them: they may hold passwords. */
  urlHash: string;
  folder: string;
  toolPath: string;
  log: Log;
}

/**
 * Keeps one FFmpeg process reading a stream into HLS in a folder. The process is detached: a restart of the runtime
 * finds it again, and what it wrote meanwhile is there to be captured.
 */
export class StreamIngest {
  static readonly #closing = new Map<string, Promise<void>>();
  readonly #options: IngestOptions;
  #current: IngestRecord | undefined;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;
  #failures = 0;
  #notBeforeMs = 0;
  #mode: IngestMode;
  #trouble: ReelflowError | undefined;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#mode = firstMode(options.url);
  }

  get playlistUrl(): string {
    return pathToFileURL(join(this.#options.folder, playlistName)).href;
  }

  /** Why the last run ended, until the next one has a segment. */
  get trouble(): ReelflowError | undefined {
    return this.#trouble;
  }

  /** From now on, until close(). */
  keepRunning(): void {
    if (this.#timer || this.#isClosed) return;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
    this.#timer.unref();
    // The same address may have been let go a moment ago: its folder goes first.
    const closing = StreamIngest.#closing.get(this.#options.folder);
    if (closing) this.#turn = closing.catch(() => {});
    this.#look();
  }

  /** Ends the process and takes its files away. */
  close(): Promise<void> {
    const { folder } = this.#options;
    const closing = this.#close().finally(() => {
      if (StreamIngest.#closing.get(folder) === closing) StreamIngest.#closing.delete(folder);
    });
    StreamIngest.#closing.set(folder, closing);
    return closing;
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#turn;
    this.#current ??= await this.#readRecord();
    await this.#end();
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  #look(): void {
    this.#turn = this.#turn.then(async () => {
      try {
        if (!this.#isClosed) await this.#keep();
      } catch (error) {
        this.#trouble = toReelflowError(error, 'SOURCE_UNREACHABLE');
        this.#wait();
      }
    });
  }

  async #keep(): Promise<void> {
    this.#current ??= await this.#adopt();
    if (!this.#current) {
      if (performance.now() >= this.#notBeforeMs) await this.#start();
      return;
    }
    const wroteAt = (await this.#wroteAt()) ?? 0;
    const isNew = wroteAt > this.#current.startedAt;
    if (isNew) this.#trouble = undefined;
    if (!(await isRunning(this.#current.process))) {
      if (Date.now() - this.#current.startedAt > goodRunMs) this.#failures = 0;
      await this.#noteEnd();
    } else if (Date.now() - Math.max(wroteAt, this.#current.startedAt) > stallMs) {
      this.#options.log.warn(`${redact(this.#options.url)}: nothing came for ${stallMs / 1000} s, it is opened anew`);
      await this.#end();
      this.#trouble = new ReelflowError('SOURCE_UNREACHABLE', 'the stream stands still', { isRetryable: true });
      this.#wait();
    }
  }

  /** The process of an earlier runtime, when it reads the same address. */
  async #adopt(): Promise<IngestRecord | undefined> {
    const found = await this.#readRecord();
    if (!found || !(await isRunning(found.process))) return undefined;
    if (found.urlHash === this.#options.urlHash) return found;
    await terminateGroup(found.process.pid, () => false, stalledGraces);
    return undefined;
  }

  async #start(): Promise<void> {
    const { url, urlHash, folder, toolPath } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const startedAt = Date.now();
    const run = `r${startedAt.toString(36)}`;
    await this.#removeOldRuns();
    const plan = ingestPlan({ url, run, mode: this.#mode }, toolPath, await toolFacts(toolPath));
    await writeFile(join(folder, captureFiles.log), '', { mode: 0o600 });
    const { identity } = await startCapture(plan, folder);
    this.#current = { urlHash, run, startedAt, process: identity };
    await writeFile(join(folder, recordName), JSON.stringify(this.#current), { mode: 0o600 });
  }

  async #end(): Promise<void> {
    const identity: ProcessIdentity | undefined = this.#current?.process;
    this.#current = undefined;
    if (identity && (await isRunning(identity))) await terminateGroup(identity.pid, () => true, stalledGraces);
    await this.#logTail();
  }

  async #noteEnd(): Promise<void> {
    this.#current = undefined;
    const said = await this.#logTail();
    this.#mode = nextMode(this.#mode, said);
    const reason = said.trim().split('\n').at(-1) || 'the stream ended';
    this.#trouble = new ReelflowError('SOURCE_UNREACHABLE', `${redact(this.#options.url)}: ${reason}`, {
      isRetryable: true,
    });
    this.#wait();
  }

  #wait(): void {
    const pauseMs = pausesMs[Math.min(this.#failures, pausesMs.length - 1)] ?? 0;
    this.#failures += 1;
    this.#notBeforeMs = performance.now() + pauseMs;
  }

  async #wroteAt(): Promise<number | undefined> {
    try {
      return (await stat(join(this.#options.folder, playlistName))).mtimeMs;
    } catch {
      return undefined;
    }
  }

  /** The end of what the tool said; passwords that it wrote into its log are gone from then on. */
  async #logTail(): Promise<string> {
    const path = join(this.#options.folder, captureFiles.log);
    try {
      await cleanToolLog(path);
      return await readToolLog(path, logTailBytes);
    } catch {
      return '';
    }
  }

  async #readRecord(): Promise<IngestRecord | undefined> {
    try {
      return record.safeParse(JSON.parse(await readFile(join(this.#options.folder, recordName), 'utf8'))).data;
    } catch {
      return undefined;
    }
  }

  /** The last run's segments stay: a capture may still read them. */
  async #removeOldRuns(): Promise<void> {
    const last = (await this.#readRecord())?.run;
    for (const name of await readdir(this.#options.folder)) {
      const run = /^(r[a-z0-9]+)-/.exec(name)?.[1];
      if (run !== undefined && run !== last) await rm(join(this.#options.folder, name), { force: true });
    }
  }
}
