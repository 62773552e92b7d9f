import { X509Certificate } from 'node:crypto';
import { isPassword, PASSWORD_RULE } from './access/users.ts';
import { isRedirectSeconds, isS3Prefix } from './s3/s3-place.ts';

export interface Variable {
  /**
   * A `secret` is never shown in a message; an `address` only when no user and password stand in it. Both can come from
   * a file named by `<NAME>_FILE`.
   */
  kind: 'plain' | 'address' | 'secret';
  isAllowed(value: string): boolean;
  /** Reads after "is not allowed: ". */
  allowed: string;
}

/** Shipped in flows/scenarios; a test holds this list against the folder. */
export const SCENARIOS = [
  'quick-start',
  'opencast-capture-agent',
  'camera-restream',
  'live-archive',
  'lab-monitor',
  'lab-cluster',
  'camera-colony',
  'colony-agent',
] as const;

type Declare = (isAllowed: Variable['isAllowed'], allowed: string) => Variable;
const plain: Declare = (isAllowed, allowed) => ({ kind: 'plain', isAllowed, allowed });
const address: Declare = (isAllowed, allowed) => ({ kind: 'address', isAllowed, allowed });
const secret: Declare = (isAllowed, allowed) => ({ kind: 'secret', isAllowed, allowed });

const text = (value: string): boolean => value.length <= 1024 && !/\p{Cc}/u.test(value);
const oneOf = (...values: string[]): Variable => plain((value) => values.includes(value), `use ${values.join(', ')}`);
const port = plain(
  (value) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535,
  'use a port number, 1 to 65535, or 0 for any free one',
);

function isUrl(value: string, ...schemes: string[]): boolean {
  return text(value) && URL.canParse(value) && schemes.includes(new URL(value).protocol) && new URL(value).host !== '';
}

function isCalendar(value: string): boolean {
  if (!text(value)) return false;
  if (!/^[a-z][a-z0-9+.-]*:/i.test(value)) return true;
  return isUrl(value, 'http:', 'https:') || (/^file:\/\/\//i.test(value) && URL.canParse(value));
}

function isPem(value: string): boolean {
  const blocks = value.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
    return blocks.length > 0;
  } catch {
    return false;
  }
}

/** On the bus these address many agents at once. */
const RESERVED_AGENTS = ['all', 'group'];

/** Every variable there is. */
export const VARIABLES: Readonly<Record<string, Variable>> = {
  REELFLOW_DATA: plain(text, 'use the path of a folder'),
  REELFLOW_HOST: plain(
    (value) => /^[A-Za-z0-9.:_-]{1,253}$/.test(value),
    'use an address or host name of this machine, 0.0.0.0 for all',
  ),
  REELFLOW_PORT: port,
  REELFLOW_AGENT: plain(
    (value) => /^[A-Za-z0-9_-]{1,64}$/.test(value) && !RESERVED_AGENTS.includes(value),
    `use 1 to 64 letters, digits, hyphens and underscores, but not ${RESERVED_AGENTS.join(' or ')}`,
  ),
  REELFLOW_SCENARIO: oneOf(...SCENARIOS),
  REELFLOW_ADMIN_PASSWORD: secret(isPassword, `use ${PASSWORD_RULE}`),
  REELFLOW_BROKER: address(
    (value) => value === 'embedded' || isUrl(value, 'mqtt:', 'mqtts:'),
    'use embedded, mqtt://host:port or mqtts://host:port',
  ),
  REELFLOW_BROKER_CA: secret(isPem, 'use PEM certificates, best from a file: REELFLOW_BROKER_CA_FILE'),
  REELFLOW_MQTT_PORT: port,
  REELFLOW_DATABASE: address(
    (value) => value === 'sqlite' || isUrl(value, 'postgres:', 'postgresql:'),
    'use sqlite or postgres://user:password@host:port/database',
  ),
  REELFLOW_MEDIA_SERVER: address((value) => isUrl(value, 'rtsp:', 'rtsps:'), 'use rtsp://host:8554[/prefix]'),
  REELFLOW_MEDIA_SERVER_API: address((value) => isUrl(value, 'http:', 'https:'), 'use http://host:9997'),
  REELFLOW_OPENCAST_URL: plain(
    (value) => isUrl(value, 'http:', 'https:') && new URL(value).username === '',
    'use http://host or https://host, without a user name in it',
  ),
  REELFLOW_OPENCAST_USER: plain(text, 'use one line of text'),
  REELFLOW_OPENCAST_PASSWORD: secret(text, 'use one line of text'),
  REELFLOW_OPENCAST_AUTH: oneOf('basic', 'digest'),
  REELFLOW_ROLE: oneOf('station', 'worker'),
  REELFLOW_CALENDAR: address(isCalendar, 'use the http(s) address or the path of an iCalendar file'),
  PG_DSN: address(
    (value) => isUrl(value, 'postgres:', 'postgresql:'),
    'use postgres://user:password@host:port/database',
  ),
  REELFLOW_S3_ENDPOINT: plain(
    (value) => isUrl(value, 'http:', 'https:') && new URL(value).username === '',
    'use http://host:port or https://host:port',
  ),
  REELFLOW_S3_BUCKET: plain((value) => /^[A-Za-z0-9._-]{1,255}$/.test(value), 'use the name of a bucket'),
  REELFLOW_S3_PREFIX: plain(isS3Prefix, 'use names with / between them, without / at either end'),
  REELFLOW_S3_REDIRECT_SECONDS: plain(
    (value) => /^\d{1,4}$/.test(value) && isRedirectSeconds(Number(value)),
    'use a number of seconds, 1 to 3600',
  ),
  REELFLOW_S3_REGION: plain((value) => /^[A-Za-z0-9._-]{1,64}$/.test(value), 'use a region name such as us-east-1'),
  REELFLOW_S3_ACCESS_KEY: secret(text, 'use one line of text'),
  REELFLOW_S3_SECRET_KEY: secret(text, 'use one line of text'),
  REELFLOW_S3_PATH_STYLE: plain((value) => /^(true|false|yes|no|1|0)$/i.test(value), 'use true or false'),
};
