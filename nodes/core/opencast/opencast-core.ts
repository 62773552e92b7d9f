import type { Dispose } from '../time/clock.ts';
import type { AgentState, RecordingState } from './states.ts';

/**
 * One Opencast core as a capture agent sees it. The core never connects to us: everything below is a request we make.
 * Wire contract: Opencast docs "capture-agent.md" and the REST endpoints of capture-admin, scheduler and ingest.
 *
 * Every call may wait for a pause after failures (at most one attempt per 5 s, two logins a minute), so no caller may be in the
 * path of starting or stopping a capture.
 *
 * Errors, all {@link ReelflowError}:
 * - OPENCAST_UNREACHABLE, retryable: refused, no such host, connection cut, a timeout, a stalled upload.
 * - OPENCAST_TLS, retryable: the certificate is not trusted.
 * - OPENCAST_LOGIN, retryable: 401, 403 or a redirect to the login form.
 * - OPENCAST_FORBIDDEN: 403 for something that this user need not be allowed; said where it may come.
 * - OPENCAST_STATUS: any other status than expected; retryable for 408, 429 and 5xx. {@link OpencastStatusError} has the number.
 * - OPENCAST_ANSWER, retryable: an answer we can not read, such as a captive portal's page.
 * - OPENCAST_NO_SERVICE, retryable: the core has no usable node for this service now.
 * - OPENCAST_FILE: the file to upload is missing or has another size than said.
 * - ABORTED: the caller's signal.
 */
export interface OpencastCore {
  /** As configured, without a slash at the end. */
  readonly url: string;
  readonly contact: CoreContact;
  /** This station stands by: it records, but tells the core nothing and uploads only what a person asks for. */
  readonly isBackup: boolean;
  /** Called after each request that changed {@link contact} from good to bad or back. */
  onContact(listener: (contact: CoreContact) => void): Dispose;

  /** Usable nodes of a service, the best first. Asks anew each time. */
  discover(type: ServiceType, abort?: AbortSignal): Promise<OpencastService[]>;

  /** Registers the agent if the core does not know it. */
  setAgentState(agent: string, report: AgentReport, abort?: AbortSignal): Promise<void>;
  /** undefined: not registered. */
  agentState(agent: string, abort?: AbortSignal): Promise<AgentReport | undefined>;
  /** Replaces the agent's capabilities. Values must not be empty: a core before #7899 then forgets all of them. */
  setConfiguration(agent: string, configuration: Record<string, string>, abort?: AbortSignal): Promise<void>;
  /** `false`: the core does not know this recording (404). */
  setRecordingState(eventId: string, state: RecordingState, abort?: AbortSignal): Promise<boolean>;
  /** undefined: the core does not know this recording, or has no state for it. */
  recordingState(eventId: string, abort?: AbortSignal): Promise<RecordingState | undefined>;

  /**
   * The agent's calendar, whole: no cutoff, since the core's ETag does not depend on it.
   *
   * @param etag of the last `text` answer, byte for byte
   */
  readCalendar(agent: string, etag: string | undefined, abort?: AbortSignal): Promise<CoreCalendar>;
  /** Events of this agent that overlap the time (epoch ms). @throws OPENCAST_FORBIDDEN */
  conflicts(agent: string, start: number, end: number, abort?: AbortSignal): Promise<BookedEvent[]>;
  /** Gives a scheduled event another end (epoch ms). Needs ROLE_ADMIN by default. @throws OPENCAST_FORBIDDEN */
  moveEnd(eventId: string, end: number, abort?: AbortSignal): Promise<'moved' | 'conflict'>;
  /**
   * Series whose texts match, some hundred at most; an empty text: all.
   * From the External API, or from the series service of cores before 12. @throws OPENCAST_FORBIDDEN
   */
  series(text: string, abort?: AbortSignal): Promise<CoreSeries[]>;

  /** Asks for the least loaded ingest node now; falls back to the one used last when the core does not answer. */
  openIngest(abort?: AbortSignal): Promise<IngestNode>;
  /** The node of a media package that was begun before, from {@link IngestNode.endpoint}. */
  ingestAt(endpoint: string): IngestNode;
}

/** Bound to ONE ingest node: what it knows of a half-made media package lives in its memory. */
export interface IngestNode {
  /** Base URL, for example `https://ingest2.example.org/ingest`; keep it with the job and reopen with `ingestAt`. */
  readonly endpoint: string;

  /** GET createMediaPackage. All answers named "media package" are its XML, which feeds the next call. */
  createMediaPackage(abort?: AbortSignal): Promise<string>;
  /** PUT createMediaPackageWithID: repeats with one id replace each other. */
  createMediaPackageWithId(id: string, abort?: AbortSignal): Promise<string>;
  addDcCatalog(catalog: DcCatalog, abort?: AbortSignal): Promise<string>;
  /** A small XML file that is not a Dublin Core catalog, for example cutting marks. */
  addCatalog(element: SmallElement, abort?: AbortSignal): Promise<string>;
  addAttachment(element: SmallElement, abort?: AbortSignal): Promise<string>;
  /** Streams one file; memory use does not depend on its size. Has no total timeout, only one for standing still. */
  addTrack(track: TrackUpload, abort?: AbortSignal): Promise<string>;
  /**
   * Starts processing. A 500 may mean that the workflow of an earlier, accepted attempt runs: see
   * {@link OpencastStatusError.body}.
   *
   * @returns the workflow's XML
   */
  ingest(request: IngestRequest, abort?: AbortSignal): Promise<string>;
  /**
   * Books the event described by the media package's one episode catalog: `created` and the start in `temporal` are the
   * same, `spatial` is the agent. Other parameters than workflow parameters become agent properties, so here the names
   * of workflow parameters have their prefix. `known`: the core has an event of this id already.
   * @throws OPENCAST_FORBIDDEN
   */
  schedule(request: IngestRequest, abort?: AbortSignal): Promise<'booked' | 'conflict' | 'known'>;
  /** Removes what a given-up media package left at the core. */
  discardMediaPackage(mediaPackage: string, abort?: AbortSignal): Promise<void>;
}

export interface DcCatalog {
  mediaPackage: string;
  /** XML. */
  dublinCore: string;
  /** Default `dublincore/episode`. */
  flavor?: string;
}

export interface SmallElement {
  mediaPackage: string;
  /** For example `security/xacml+episode`. */
  flavor: string;
  tags?: readonly string[];
  fileName: string;
  content: string | Uint8Array;
  /** Default `text/xml`. */
  mimeType?: string;
}

export interface TrackUpload {
  mediaPackage: string;
  /** For example `presenter/source`. */
  flavor: string;
  tags?: readonly string[];
  file: UploadFile;
  /** Bytes per second; absent or 0: as fast as it goes. May be a function: it is asked for each block. */
  bytesPerSecond?: number | (() => number);
  /** Bytes of the file handed over so far; at most a few times a second, and at the end. */
  onProgress?: (sentBytes: number) => void;
}

export interface UploadFile {
  path: string;
  /** Size when the job was made: a file of another size is refused. */
  sizeBytes: number;
  /** Name at the core; the core cuts it to 75 characters. Default: the last part of `path`. */
  name?: string;
  /** Default `application/octet-stream`. */
  mimeType?: string;
}

export interface IngestRequest {
  mediaPackage: string;
  workflowDefinitionId?: string;
  /** The event's UID where the media package was not created with it. */
  workflowInstanceId?: string;
  /** Workflow parameters, name without `org.opencastproject.workflow.config.`. */
  parameters?: Readonly<Record<string, string>>;
}

export type ServiceType =
  | 'org.opencastproject.capture.admin'
  | 'org.opencastproject.scheduler'
  | 'org.opencastproject.ingest'
  | 'org.opencastproject.series';

/** One entry of /services/available.json. */
export interface OpencastService {
  type: ServiceType;
  /** host + path. */
  endpoint: string;
  host: string;
  path: string;
}

export interface AgentReport {
  state: AgentState;
  /** URL of the agent's own page, shown in the admin interface. */
  address?: string;
}

export type CoreCalendar =
  | { kind: 'unchanged' }
  /** `etag` as sent, unquoted; never take it from a 304, which carries it quoted. */
  | { kind: 'text'; text: string; etag?: string };

/** Epoch ms. */
export interface BookedEvent {
  id?: string;
  title: string;
  start?: number;
  end?: number;
}

export interface CoreSeries {
  id: string;
  title: string;
}

/** Epoch ms. `lastError` is gone after the next success. */
export interface CoreContact {
  lastContactAt?: number;
  lastError?: { code: string; message: string; at: number };
}
