import { z } from 'zod';
import { readArguments } from '../bus/read-arguments.ts';
import { splitCommand } from '../camera/split-command.ts';
import { ReelflowError, toReelflowError } from '../errors.ts';
import { loginOf, withLogin } from './camera-address.ts';
import { type ListedCamera, listedCameraSchema } from './listed-camera.ts';
import { shippedTemplates } from './shipped-templates.ts';
import { encoded, fillTemplate, type UrlTemplate } from './url-template.ts';

/** A row of a table, a line of a file, an entry of the station's own list: whatever columns it has. */
export type CameraRow = Readonly<Record<string, unknown>>;

export interface RowReading {
  /** Put before the row's id. */
  listId: string;
  /** Our field -> the list's column, where they are not called the same. */
  columns: Readonly<Record<string, string>>;
  /** The list's own; they come before the shipped ones. */
  templates: readonly UrlTemplate[];
}

/** A row that is left out, and why. */
export interface RowProblem {
  /** `row 3`, or with its name: `row 3 (Gate)`. */
  row: string;
  field?: string;
  message: string;
}

const text = z.coerce.string().trim();
const textField = text.optional();
const number = z.coerce.number('must be a number').optional();
const flag = z
  .union(
    [
      z.boolean(),
      // `t` and `f` are what PostgreSQL writes into CSV.
      z.stringbool({ truthy: ['true', 't', 'yes', 'y', 'on', '1'], falsy: ['false', 'f', 'no', 'n', 'off', '0'] }),
      z.number().transform((value) => value !== 0),
    ],
    'must be true or false',
  )
  .optional();
const words = z.union([z.array(z.string()), z.string().transform(splitCommand)], 'must be words').optional();

/**
 * What a row may say. Column names are compared without case and underscores, so `frame_rate` and `frameRate` are the same.
 * Empty text and NULL count as not there; other columns are nobody's business.
 */
const rowSchema = z.object({
  id: textField,
  name: textField,
  url: textField,
  make: textField,
  host: textField,
  port: number,
  user: textField,
  password: z.coerce.string().optional(),
  channel: textField,
  stream: textField,
  isEnabled: flag,
  options: z
    .union([z.record(z.string(), z.unknown()), z.string().transform(jsonObject)], 'must be a JSON object')
    .optional(),
  transport: textField,
  mode: textField,
  audio: textField,
  video: textField,
  width: number,
  height: number,
  frameRate: number,
  bitRateKbps: number,
  wallClock: flag,
  target: textField,
  extraInput: words,
  extraOutput: words,
  recordHours: number,
  recordMaxBytes: number,
});

type Row = z.infer<typeof rowSchema>;

/** What columns are usually called besides. */
const otherNames: Readonly<Record<string, keyof Row>> = {
  enabled: 'isEnabled',
  active: 'isEnabled',
  type: 'make',
  model: 'make',
  vendor: 'make',
  address: 'host',
  ip: 'host',
  login: 'user',
  username: 'user',
  fps: 'frameRate',
  bitrate: 'bitRateKbps',
  rtspurl: 'url',
};

const fields = Object.keys(rowSchema.shape) as (keyof Row)[];
const squeezed = (name: string): string => name.replace(/[_\s-]/g, '').toLowerCase();

/** Lines `field = column`, as a form has them. Throws COLUMNS_INVALID. */
export function readColumns(text: string): Record<string, string> {
  const columns: Record<string, string> = {};
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const [, field = '', column = ''] = /^([^=]+?)\s*=\s*(.+)$/.exec(line) ?? [];
    const known = fields.find((one) => squeezed(one) === squeezed(field)) ?? otherNames[squeezed(field)];
    if (known === undefined) {
      const reason = `"${line}" is not of the form field = column, with a field of ${fields.join(', ')}`;
      throw new ReelflowError('COLUMNS_INVALID', `columns: ${reason}`, { field: 'columns' });
    }
    columns[known] = column;
  }
  return columns;
}

/** Throws ROW_INVALID: the field is ours, the message never repeats an address. */
export function readRow(row: CameraRow, reading: RowReading): ListedCamera {
  try {
    const values = readArguments(rowSchema, pickFields(row, reading.columns));
    const { id = values.name, name } = values;
    const url = addressOf(values, reading.templates);
    const { options, ...camera } = { id: `${reading.listId}:${id}`, name, url, options: optionsOf(values) };
    return readArguments(listedCameraSchema, { ...camera, options });
  } catch (thrown) {
    const { message, field } = toReelflowError(thrown);
    throw new ReelflowError('ROW_INVALID', message, field === undefined ? {} : { field });
  }
}

/** Id of the camera that a row would be, however bad the rest of it is. */
export function idOf(row: CameraRow, { listId, columns }: Pick<RowReading, 'listId' | 'columns'>): string {
  const { id, name } = pickFields(row, columns);
  return `${listId}:${String(id ?? name)}`;
}

function pickFields(row: CameraRow, columns: RowReading['columns']): Record<string, unknown> {
  const present = new Map<string, unknown>();
  for (const [column, value] of Object.entries(row)) {
    if (value !== null && value !== undefined && value !== '') present.set(squeezed(column), value);
  }
  const picked: Record<string, unknown> = {};
  for (const [other, field] of Object.entries(otherNames)) {
    if (present.has(other)) picked[field] ??= present.get(other);
  }
  for (const field of fields) {
    const column = columns[field];
    if (column !== undefined) picked[field] = present.get(squeezed(column));
    else if (present.has(squeezed(field))) picked[field] = present.get(squeezed(field));
  }
  return picked;
}

function addressOf(row: Row, own: readonly UrlTemplate[]): string {
  const { url, user, password } = row;
  if (url !== undefined) {
    if (user === undefined || loginOf(url) !== undefined) return url;
    return withLogin(url, `${encoded(user)}:${encoded(password ?? '')}`);
  }
  if (row.make === undefined) throw missing('url', 'is missing; give the address, or make and host');
  if (row.host === undefined) throw missing('host', 'is missing; it is needed with a make');
  const make = row.make.toLowerCase();
  const template = [...own, ...shippedTemplates].find((one) => one.make === make);
  if (template) return fillTemplate(template, { ...row, host: row.host });
  const known = [...own, ...shippedTemplates].map((one) => one.make).join(', ');
  throw missing('make', `there is no address template for "${row.make}"; there are ${known}`);
}

function optionsOf(row: Row): Record<string, unknown> {
  const { transport, mode, audio, video, width, height, frameRate, bitRateKbps, wallClock, target } = row;
  const { extraInput, extraOutput, recordHours, recordMaxBytes, isEnabled } = row;
  const loop = recordMaxBytes === undefined ? {} : { maxBytes: recordMaxBytes };
  const given = {
    ...{ transport, mode, audio, video, width, height, frameRate, bitRateKbps, wallClock, target },
    ...{ extraInput, extraOutput },
    recordLoop: recordHours === undefined ? undefined : { hours: recordHours, ...loop },
    isPaused: isEnabled === false ? true : undefined,
  };
  return { ...row.options, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

function jsonObject(value: string, context: z.RefinementCtx): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // Said below.
  }
  context.addIssue({ code: 'custom', message: 'must be a JSON object' });
  return z.NEVER;
}

function missing(field: string, reason: string): ReelflowError {
  return new ReelflowError('ROW_INVALID', `${field}: ${reason}`, { field });
}
