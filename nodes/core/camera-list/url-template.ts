import { ReelflowError } from '../errors.ts';

/** What an address is made of where a list has its parts instead. */
export interface AddressParts {
  host: string;
  port?: number | undefined;
  user?: string | undefined;
  password?: string | undefined;
  /** Input of a recorder or encoder, from 1. */
  channel?: string | undefined;
  /** `main` or `sub`, or the camera's own word for it. */
  stream?: string | undefined;
}

/** The address of a make's streams: data, so that a new make needs no code. */
export interface UrlTemplate {
  /** In small letters. */
  make: string;
  /** `{login}`, `{host}`, `{port}`, `{channel}`, `{stream}`, `{user}`, `{password}`; `{channel|1}` says what is meant without one. */
  url: string;
  port: number;
  /** What the make calls its main and its second stream. */
  streams?: { main: string; sub: string };
}

const placeholder = /\{([a-z]+)(?:\|([^{}]*))?\}/g;
const names = ['login', 'host', 'port', 'channel', 'stream', 'user', 'password'];

/** Throws TEMPLATE_INVALID, ADDRESS_INCOMPLETE (the field says what is missing). */
export function fillTemplate(template: UrlTemplate, parts: AddressParts): string {
  checkTemplate(template);
  const { user, password, host, channel } = parts;
  const { main, sub } = template.streams ?? { main: 'main', sub: 'sub' };
  const stream =
    parts.stream === 'main' || parts.stream === undefined ? main : parts.stream === 'sub' ? sub : parts.stream;
  const values: Record<string, string | undefined> = {
    // An IPv6 address stands in brackets.
    host: host.includes(':') && !host.startsWith('[') ? `[${host}]` : host,
    port: String(parts.port ?? template.port),
    login: user === undefined ? '' : `${encoded(user)}:${encoded(password ?? '')}@`,
    user: user === undefined ? undefined : encoded(user),
    password: password === undefined ? undefined : encoded(password),
    channel: channel === undefined ? undefined : encoded(channel),
    stream: encodeURI(stream),
  };
  return template.url.replace(placeholder, (_match, name: string, otherwise?: string) => {
    const value = values[name] ?? otherwise;
    if (value !== undefined) return value;
    throw new ReelflowError('ADDRESS_INCOMPLETE', `${name}: is missing; ${template.make} needs it`, { field: name });
  });
}

/** Lines `make = address`, as a form has them; `#` begins a comment. Throws TEMPLATE_INVALID. */
export function readTemplates(text: string): UrlTemplate[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, make = '', url = ''] = /^([^=]+?)\s*=\s*(\S+)$/.exec(line) ?? [];
      if (make === '') throw invalid(`"${line}" is not of the form make = rtsp://{login}{host}:{port}/path`);
      const template = { make: make.toLowerCase(), url, port: 554 };
      checkTemplate(template);
      return template;
    });
}

function checkTemplate({ make, url }: UrlTemplate): void {
  const unknown = [...url.matchAll(placeholder)].map(([, name = '']) => name).filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw invalid(`${make} has {${unknown[0]}}; there are ${names.map((name) => `{${name}}`).join(', ')}`);
  if (!url.includes('{host}')) throw invalid(`${make} has no {host}`);
}

function invalid(reason: string): ReelflowError {
  return new ReelflowError('TEMPLATE_INVALID', `templates: ${reason}`, { field: 'templates' });
}

/** encodeURIComponent leaves a few that RFC 3986 reserves. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
