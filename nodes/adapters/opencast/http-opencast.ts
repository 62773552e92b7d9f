import { readAgentReport, readBookedEvents, readRecordingState, readSeries } from '../../core/opencast/answers.ts';
import type { CoreSettings } from '../../core/opencast/core-settings.ts';
import type {
  AgentReport,
  BookedEvent,
  CoreCalendar,
  CoreContact,
  CoreSeries,
  IngestNode,
  OpencastCore,
  OpencastService,
  ServiceType,
} from '../../core/opencast/opencast-core.ts';
import type { RecordingState } from '../../core/opencast/states.ts';
import { maxCalendarBytes } from '../../core/schedule/calendar-text.ts';
import type { Dispose } from '../../core/time/clock.ts';
import { answerError, forbiddenError, isPage, statusError } from './answer-error.ts';
import { CoreConnection, type CoreRequest, type GatePauses, usualPauses } from './core-connection.ts';
import type { Answer } from './exchange.ts';
import { form } from './form.ts';
import { HttpIngest } from './http-ingest.ts';
import { ServiceEndpoints } from './service-endpoints.ts';

const captureAdmin = 'org.opencastproject.capture.admin';
const scheduler = 'org.opencastproject.scheduler';
const ingest = 'org.opencastproject.ingest';
const seriesService = 'org.opencastproject.series';

const mostSeries = 200;

/** An Opencast core over HTTP. */
export class HttpOpencast implements OpencastCore {
  readonly url: string;
  readonly isBackup: boolean;
  readonly #settings: CoreSettings;
  readonly #connection: CoreConnection;
  readonly #endpoints: ServiceEndpoints;

  /** @param pauses between failed attempts; tests have them shorter */
  constructor(settings: CoreSettings, pauses: GatePauses = usualPauses) {
    this.url = settings.url.replace(/\/+$/, '');
    this.isBackup = settings.isBackup;
    this.#settings = { ...settings, url: this.url };
    this.#connection = new CoreConnection(this.#settings, pauses);
    this.#endpoints = new ServiceEndpoints(this.#settings, this.#connection, pauses);
  }

  get contact(): CoreContact {
    return this.#connection.contact.current;
  }

  onContact(listener: (contact: CoreContact) => void): Dispose {
    return this.#connection.contact.onContact(listener);
  }

  discover(type: ServiceType, abort?: AbortSignal): Promise<OpencastService[]> {
    return this.#endpoints.discover(type, abort);
  }

  async setAgentState(agent: string, { state, address }: AgentReport, abort?: AbortSignal): Promise<void> {
    const request = { method: 'POST', ...form({ state, address }), abort } as const;
    await this.#ask(captureAdmin, `agents/${encodeURIComponent(agent)}`, request, [200]);
  }

  async agentState(agent: string, abort?: AbortSignal): Promise<AgentReport | undefined> {
    const place = `agents/${encodeURIComponent(agent)}.json`;
    const answer = await this.#ask(captureAdmin, place, { method: 'GET', abort }, [200, 404]);
    return answer.status === 404 ? undefined : readAgentReport(answer.body.toString('utf8'));
  }

  async setConfiguration(agent: string, configuration: Record<string, string>, abort?: AbortSignal): Promise<void> {
    const fields = form({ configuration: JSON.stringify(configuration) });
    const place = `agents/${encodeURIComponent(agent)}/configuration`;
    await this.#ask(captureAdmin, place, { method: 'POST', ...fields, abort }, [200]);
  }

  async setRecordingState(eventId: string, state: RecordingState, abort?: AbortSignal): Promise<boolean> {
    const place = `recordings/${encodeURIComponent(eventId)}`;
    const answer = await this.#ask(captureAdmin, place, { method: 'POST', ...form({ state }), abort }, [200, 404]);
    return answer.status === 200;
  }

  async recordingState(eventId: string, abort?: AbortSignal): Promise<RecordingState | undefined> {
    const place = `recordings/${encodeURIComponent(eventId)}.json`;
    const answer = await this.#ask(captureAdmin, place, { method: 'GET', abort }, [200, 404]);
    return answer.status === 404 ? undefined : readRecordingState(answer.body.toString('utf8'));
  }

  async readCalendar(agent: string, etag: string | undefined, abort?: AbortSignal): Promise<CoreCalendar> {
    const url = `calendars?agentid=${encodeURIComponent(agent)}`;
    const headers = { Accept: 'text/calendar, */*;q=0.5', ...(etag !== undefined && { 'If-None-Match': etag }) };
    const check = ({ status, body }: Answer) => {
      const isCalendar = /^\uFEFF?\s*BEGIN:VCALENDAR/i.test(body.subarray(0, 200).toString('utf8'));
      if (status === 200 && !isCalendar) throw this.#otherAnswer('the calendar');
    };
    const request = { method: 'GET', headers, maxAnswerBytes: maxCalendarBytes, check, abort } as const;
    const answer = await this.#ask(scheduler, url, request, [200, 304]);
    if (answer.status === 304) return { kind: 'unchanged' };
    const text = answer.body.toString('utf8');
    const next = answer.headers.etag;
    return { kind: 'text', text, ...(next !== undefined && { etag: next }) };
  }

  async conflicts(agent: string, start: number, end: number, abort?: AbortSignal): Promise<BookedEvent[]> {
    const query = new URLSearchParams({ agent, start: String(start), end: String(end) });
    const request = { method: 'GET', mayBeForbidden: true, abort } as const;
    const answer = await this.#ask(scheduler, `conflicts.json?${query}`, request, [200, 204, 403]);
    if (answer.status === 403) throw forbiddenError(new URL(this.url), 'read what is in the way of an event');
    return answer.status === 204 ? [] : readBookedEvents(answer.body.toString('utf8'));
  }

  async moveEnd(eventId: string, end: number, abort?: AbortSignal): Promise<'moved' | 'conflict'> {
    const request = { method: 'PUT', ...form({ end: String(end) }), mayBeForbidden: true, abort } as const;
    const answer = await this.#ask(scheduler, encodeURIComponent(eventId), request, [200, 403, 409]);
    if (answer.status === 403) throw forbiddenError(new URL(this.url), 'change events');
    return answer.status === 409 ? 'conflict' : 'moved';
  }

  async series(text: string, abort?: AbortSignal): Promise<CoreSeries[]> {
    const filter: Record<string, string> = text === '' ? {} : { filter: `textFilter:${text}` };
    const query = new URLSearchParams({ ...filter, limit: String(mostSeries), sort: 'title:ASC' });
    const url = new URL(`${this.url}/api/series?${query}`);
    const check = (answer: Answer) => {
      if (answer.status === 200 && isPage(answer.body.subarray(0, 200).toString('utf8')))
        throw this.#otherAnswer('series');
    };
    const answer = await this.#connection.send({ method: 'GET', url, mayBeForbidden: true, check, abort });
    if (answer.status === 200) return readSeries(answer.body.toString('utf8'), text);
    if (answer.status !== 403 && answer.status !== 404) throw statusError(url, answer);
    return await this.#olderSeries(text, abort);
  }

  async openIngest(abort?: AbortSignal): Promise<IngestNode> {
    return this.ingestAt(await this.#endpoints.anew(ingest, abort));
  }

  ingestAt(endpoint: string): IngestNode {
    return new HttpIngest(endpoint.replace(/\/+$/, ''), this.#connection, this.#settings.timeoutMs);
  }

  async #olderSeries(text: string, abort?: AbortSignal): Promise<CoreSeries[]> {
    const query = new URLSearchParams({ q: text, count: String(mostSeries) });
    const request = { method: 'GET', mayBeForbidden: true, abort } as const;
    const answer = await this.#ask(seriesService, `series.json?${query}`, request, [200, 403, 404]);
    if (answer.status !== 200) throw forbiddenError(new URL(this.url), 'read the list of series');
    return readSeries(answer.body.toString('utf8'), text);
  }

  /** A failure that may come of the service having moved makes the next request look for it anew. */
  async #ask(
    type: ServiceType,
    place: string,
    request: Omit<CoreRequest, 'url'>,
    expected: readonly number[],
  ): Promise<Answer> {
    const endpoint = await this.#endpoints.kept(type, request.abort);
    const url = new URL(`${endpoint}/${place}`);
    const check = (answer: Answer) => {
      if (answer.status === 200 && isPage(answer.body.subarray(0, 200).toString('utf8'))) {
        throw this.#otherAnswer(place.split(/[/?.]/)[0] ?? '');
      }
    };
    try {
      const answer = await this.#connection.send({ check, ...request, url });
      if (!expected.includes(answer.status)) throw statusError(url, answer);
      return answer;
    } catch (error) {
      if (!request.abort?.aborted) this.#endpoints.doubt(type);
      throw error;
    }
  }

  #otherAnswer(what: string) {
    return answerError(new URL(this.url), `a request for ${what} was answered with a web page or something else`);
  }
}
