import path from 'node:path';
import type {
  DcCatalog,
  IngestNode,
  IngestRequest,
  SmallElement,
  TrackUpload,
} from '../../core/opencast/opencast-core.ts';
import { answerError, forbiddenError, statusError } from './answer-error.ts';
import type { CoreConnection, CoreRequest } from './core-connection.ts';
import type { Answer } from './exchange.ts';
import { form } from './form.ts';
import { fileForm } from './multipart.ts';
import { uploadBody } from './upload-body.ts';

/** The core copies and hashes what it was sent before it answers. */
const stepTimeoutMs = 300_000;

/** The ingest endpoint of one node (IngestRestService.java). */
export class HttpIngest implements IngestNode {
  readonly endpoint: string;
  readonly #connection: CoreConnection;
  readonly #timeoutMs: number;

  constructor(endpoint: string, connection: CoreConnection, timeoutMs: number) {
    this.endpoint = endpoint;
    this.#connection = connection;
    this.#timeoutMs = Math.max(timeoutMs, stepTimeoutMs);
  }

  createMediaPackage(abort?: AbortSignal): Promise<string> {
    return this.#mediaPackage('createMediaPackage', { method: 'GET', abort });
  }

  createMediaPackageWithId(id: string, abort?: AbortSignal): Promise<string> {
    return this.#mediaPackage(`createMediaPackageWithID/${encodeURIComponent(id)}`, { method: 'PUT', abort });
  }

  addDcCatalog({ mediaPackage, dublinCore, flavor }: DcCatalog, abort?: AbortSignal): Promise<string> {
    return this.#mediaPackage('addDCCatalog', { method: 'POST', ...form({ mediaPackage, dublinCore, flavor }), abort });
  }

  addCatalog(element: SmallElement, abort?: AbortSignal): Promise<string> {
    return this.#small('addCatalog', element, abort);
  }

  addAttachment(element: SmallElement, abort?: AbortSignal): Promise<string> {
    return this.#small('addAttachment', element, abort);
  }

  addTrack(track: TrackUpload, abort?: AbortSignal): Promise<string> {
    const { file } = track;
    const name = file.name ?? path.basename(file.path);
    const shape = fileForm(fieldsOf(track), { name, mimeType: file.mimeType ?? 'application/octet-stream' });
    const headers = { 'Content-Type': shape.contentType };
    return this.#mediaPackage('addTrack', { method: 'POST', headers, body: uploadBody(shape, track), abort });
  }

  ingest({ mediaPackage, workflowDefinitionId, workflowInstanceId, parameters }: IngestRequest, abort?: AbortSignal) {
    const fields = { ...parameters, mediaPackage, workflowDefinitionId, workflowInstanceId };
    const check = ({ status, body }: Answer) => {
      if (status !== 200 || /<([\w-]+:)?workflow[\s/>]/.test(body.subarray(0, 4000).toString('utf8'))) return;
      throw answerError(this.#url('ingest'), 'ingest was answered without a workflow');
    };
    return this.#text('ingest', { method: 'POST', ...form(inOrder(fields)), check, abort });
  }

  async schedule(
    { mediaPackage, workflowDefinitionId, parameters }: IngestRequest,
    abort?: AbortSignal,
  ): Promise<'booked' | 'conflict' | 'known'> {
    const operation = workflowDefinitionId ? `schedule/${encodeURIComponent(workflowDefinitionId)}` : 'schedule';
    const url = this.#url(operation);
    const fields = form(inOrder({ ...parameters, mediaPackage }));
    const request = {
      method: 'POST',
      url,
      ...fields,
      mayBeForbidden: true,
      timeoutMs: this.#timeoutMs,
      abort,
    } as const;
    const answer = await this.#connection.send(request);
    if (answer.status === 403) throw forbiddenError(url, 'book events');
    // SchedulerServiceImpl refuses a media package that it has with the same status as one in the way of another.
    if (answer.status === 409) return /already exists/i.test(answer.body.toString('utf8')) ? 'known' : 'conflict';
    if (answer.status !== 201 && answer.status !== 200) throw statusError(url, answer);
    return 'booked';
  }

  async discardMediaPackage(mediaPackage: string, abort?: AbortSignal): Promise<void> {
    await this.#text('discardMediaPackage', { method: 'POST', ...form({ mediaPackage }), abort });
  }

  #small(operation: string, element: SmallElement, abort: AbortSignal | undefined): Promise<string> {
    const { fileName, mimeType = 'text/xml', content } = element;
    const shape = fileForm(fieldsOf(element), { name: fileName, mimeType });
    const body = Buffer.concat([shape.head, Buffer.from(content), shape.tail]);
    return this.#mediaPackage(operation, {
      method: 'POST',
      headers: { 'Content-Type': shape.contentType },
      body,
      abort,
    });
  }

  async #mediaPackage(operation: string, request: Omit<CoreRequest, 'url'>): Promise<string> {
    const check = ({ status, body }: Answer) => {
      const isPackage = /<([\w-]+:)?mediapackage[\s>]/.test(body.subarray(0, 4000).toString('utf8'));
      if (status !== 200 || isPackage) return;
      throw answerError(this.#url(operation), `${operation} was answered without a media package`);
    };
    return await this.#text(operation, { ...request, check });
  }

  async #text(operation: string, request: Omit<CoreRequest, 'url'>): Promise<string> {
    const url = this.#url(operation);
    const answer = await this.#connection.send({ ...request, url, timeoutMs: this.#timeoutMs });
    if (answer.status !== 200 && answer.status !== 204) throw statusError(url, answer);
    return answer.body.toString('utf8');
  }

  #url(operation: string): URL {
    return new URL(`${this.endpoint}/${operation}`);
  }
}

/** They must come before the file: the core's parser stops at the first part with a file name. */
function fieldsOf({ mediaPackage, flavor, tags }: Pick<SmallElement, 'mediaPackage' | 'flavor' | 'tags'>) {
  const fields: [string, string][] = [
    ['mediaPackage', mediaPackage],
    ['flavor', flavor],
  ];
  if (tags && tags.length > 0) fields.push(['tags', tags.join(',')]);
  return fields;
}

/** The media package and the workflow first, as the documented examples have it; a parameter can not take their names. */
function inOrder(fields: Record<string, string | undefined>): Record<string, string | undefined> {
  const { mediaPackage, workflowDefinitionId, workflowInstanceId, ...parameters } = fields;
  return { mediaPackage, workflowDefinitionId, workflowInstanceId, ...parameters };
}
