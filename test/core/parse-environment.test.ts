import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { SCENARIOS } from '../../nodes/core/environment-variables.ts';
import { parseEnvironment } from '../../nodes/core/parse-environment.ts';

/** Of an authority that is known to Node: any certificate will do. */
const certificate = rootCertificates[0] ?? '';
const files: Record<string, string> = {
  '/run/secrets/pw': 'from-a-file\n',
  '/run/secrets/empty': '\n',
  '/run/secrets/ca': `${certificate}\n`,
};
const sources = {
  hostname: 'room-1.example.org',
  argv: [],
  cwd: '/srv/reelflow',
  readFile(path: string): string {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  },
};
const parse = (env: Record<string, string>) => parseEnvironment(env, sources);

test('an empty environment gives the defaults of docs/configuration.md', () => {
  assert.deepEqual(parse({ PATH: '/bin', HOME: '/root' }), {
    dataRoot: '/srv/reelflow/data',
    host: '0.0.0.0',
    port: 1880,
    agent: 'room-1',
    scenario: 'quick-start',
    broker: 'embedded',
    mqttPort: 1883,
    database: 'sqlite',
    role: 'station',
  });
});

test('every variable arrives', () => {
  const environment = parse({
    REELFLOW_DATA: '../data',
    REELFLOW_HOST: '::1',
    REELFLOW_PORT: '0',
    REELFLOW_AGENT: 'HS_1',
    REELFLOW_SCENARIO: 'live-archive',
    REELFLOW_ADMIN_PASSWORD: ' with spaces ',
    REELFLOW_BROKER: 'mqtts://broker.example.org:8883',
    REELFLOW_BROKER_CA_FILE: '/run/secrets/ca',
    REELFLOW_MQTT_PORT: '11883',
    REELFLOW_DATABASE: 'postgres://u:p@db/reelflow',
    REELFLOW_MEDIA_SERVER: 'rtsp://media:8554/cams',
    REELFLOW_MEDIA_SERVER_API: 'http://media:9997',
    REELFLOW_OPENCAST_URL: 'https://opencast.example.org/',
    REELFLOW_OPENCAST_USER: 'ca',
    REELFLOW_OPENCAST_PASSWORD_FILE: '/run/secrets/pw',
    REELFLOW_OPENCAST_AUTH: 'digest',
    REELFLOW_ROLE: 'worker',
    REELFLOW_CALENDAR: 'rooms/hs1.ics',
    PG_DSN: 'postgresql://u:p@db/cameras',
    REELFLOW_S3_ENDPOINT: 'https://s3.example.org',
    REELFLOW_S3_BUCKET: 'archive',
    REELFLOW_S3_PREFIX: 'studio-1/archive',
    REELFLOW_S3_REDIRECT_SECONDS: '300',
    REELFLOW_S3_REGION: 'eu-central-1',
    REELFLOW_S3_ACCESS_KEY: 'key',
    REELFLOW_S3_SECRET_KEY: 'secret',
    REELFLOW_S3_PATH_STYLE: 'false',
  });
  assert.deepEqual(environment, {
    dataRoot: '/srv/data',
    host: '::1',
    port: 0,
    agent: 'HS_1',
    scenario: 'live-archive',
    adminPassword: ' with spaces ',
    broker: 'mqtts://broker.example.org:8883',
    brokerCa: certificate,
    mqttPort: 11_883,
    database: 'postgres://u:p@db/reelflow',
    mediaServer: 'rtsp://media:8554/cams',
    mediaServerApi: 'http://media:9997',
    opencast: { url: 'https://opencast.example.org', user: 'ca', password: 'from-a-file', auth: 'digest' },
    role: 'worker',
    calendar: '/srv/reelflow/rooms/hs1.ics',
    cameraDatabase: 'postgresql://u:p@db/cameras',
    s3: {
      endpoint: 'https://s3.example.org',
      bucket: 'archive',
      prefix: 'studio-1/archive',
      redirectSeconds: 300,
      region: 'eu-central-1',
      accessKey: 'key',
      secretKey: 'secret',
      isPathStyle: false,
    },
  });
});

test('a calendar is an address, a file: address or a path', () => {
  assert.equal(parse({ REELFLOW_CALENDAR: 'https://x.example/a.ics' }).calendar, 'https://x.example/a.ics');
  assert.equal(parse({ REELFLOW_CALENDAR: 'file:///srv/my%20room.ics' }).calendar, '/srv/my room.ics');
  assert.equal(parse({ REELFLOW_CALENDAR: '/etc/room.ics' }).calendar, '/etc/room.ics');
});

test('an empty variable counts as not set, as Compose passes it on', () => {
  const environment = parse({
    REELFLOW_PORT: '',
    REELFLOW_CALENDAR: '',
    REELFLOW_OPENCAST_URL: '',
    REELFLOW_AGENT: ' ',
  });
  assert.equal(environment.port, 1880);
  assert.equal(environment.calendar, undefined);
  assert.equal(environment.agent, 'room-1');
});

test('a host name that is no agent name becomes one', () => {
  const agent = (hostname: string) => parseEnvironment({}, { ...sources, hostname }).agent;
  assert.equal(agent('Höörsaal 1.local'), 'H-rsaal-1');
  assert.equal(agent(''), 'reelflow');
});

/** Variables, and what the one line must and must not contain. */
const refused: [Record<string, string>, RegExp, RegExp?][] = [
  [{ REELFLOW_PROT: '1' }, /^REELFLOW_PROT is not a variable of Reelflow; did you mean REELFLOW_PORT/],
  [{ REELFLOW_WHATEVER_ELSE: '1' }, /^REELFLOW_WHATEVER_ELSE .*docs\/configuration\.md/],
  [{ REELFLOW_PORT_FILE: '/run/secrets/pw' }, /^REELFLOW_PORT_FILE is not a variable/],
  [{ REELFLOW_PORT: '70000' }, /^REELFLOW_PORT="70000" is not allowed: .*65535/],
  [{ REELFLOW_PORT: '80a' }, /^REELFLOW_PORT="80a"/],
  [{ REELFLOW_MQTT_PORT: '-1' }, /^REELFLOW_MQTT_PORT="-1"/],
  [{ REELFLOW_HOST: 'http://x' }, /^REELFLOW_HOST="http:\/\/x"/],
  [{ REELFLOW_AGENT: 'room/1' }, /^REELFLOW_AGENT="room\/1" is not allowed: .*hyphens/],
  [{ REELFLOW_SCENARIO: 'quickstart' }, /^REELFLOW_SCENARIO="quickstart" .*quick-start, opencast-capture-agent/],
  [{ REELFLOW_ROLE: 'master' }, /^REELFLOW_ROLE="master" is not allowed: use station, worker/],
  [{ REELFLOW_ROLE: 'worker' }, /^REELFLOW_DATABASE is not allowed: a worker .*postgres:/],
  [{ REELFLOW_BROKER: 'http://broker' }, /^REELFLOW_BROKER="http:\/\/broker" .*mqtts:/],
  [{ REELFLOW_BROKER: 'mqtts://broker', REELFLOW_BROKER_CA: 'hush-hush' }, /^REELFLOW_BROKER_CA is .*PEM/, /hush/],
  [{ REELFLOW_BROKER_CA_FILE: '/run/secrets/ca' }, /^REELFLOW_BROKER_CA is .*mqtts:/],
  [{ REELFLOW_BROKER: 'http://u:hush-hush@broker' }, /^REELFLOW_BROKER is not allowed/, /hush/],
  [{ REELFLOW_DATABASE: 'mysql://u:hush-hush@db/x' }, /^REELFLOW_DATABASE is not allowed: use sqlite/, /hush/],
  [{ REELFLOW_ADMIN_PASSWORD: 'hush-h' }, /^REELFLOW_ADMIN_PASSWORD is not allowed: use 8 to 256/, /hush/],
  [{ REELFLOW_MEDIA_SERVER: 'http://media' }, /^REELFLOW_MEDIA_SERVER="http:\/\/media" .*rtsp:/],
  [{ REELFLOW_CALENDAR: 'ftp://x/a.ics' }, /^REELFLOW_CALENDAR="ftp:\/\/x\/a\.ics"/],
  [{ REELFLOW_OPENCAST_URL: 'opencast.example.org' }, /^REELFLOW_OPENCAST_URL="opencast\.example\.org"/],
  [{ REELFLOW_OPENCAST_URL: 'http://oc' }, /^REELFLOW_OPENCAST_USER is not allowed: it is needed beside/],
  [{ REELFLOW_OPENCAST_USER: 'ca' }, /^REELFLOW_OPENCAST_USER is not allowed: it needs REELFLOW_OPENCAST_URL/],
  [{ REELFLOW_OPENCAST_AUTH: 'digest' }, /^REELFLOW_OPENCAST_AUTH="digest" .*REELFLOW_OPENCAST_URL/],
  [
    { REELFLOW_S3_ENDPOINT: 'https://s3', REELFLOW_S3_BUCKET: 'a' },
    /^REELFLOW_S3_ACCESS_KEY is not allowed: it is needed/,
  ],
  [{ REELFLOW_S3_SECRET_KEY: 'hush-hush' }, /^REELFLOW_S3_SECRET_KEY .*needs REELFLOW_S3_ENDPOINT/, /hush/],
  [{ REELFLOW_S3_PREFIX: 'studio/' }, /^REELFLOW_S3_PREFIX="studio\/" .*names with/],
  [{ REELFLOW_S3_PREFIX: 'studio' }, /^REELFLOW_S3_PREFIX="studio" .*needs REELFLOW_S3_ENDPOINT/],
  [{ REELFLOW_S3_REDIRECT_SECONDS: '7200' }, /^REELFLOW_S3_REDIRECT_SECONDS="7200" .*1 to 3600/],
  [{ REELFLOW_S3_REDIRECT_SECONDS: '60' }, /^REELFLOW_S3_REDIRECT_SECONDS="60" .*needs REELFLOW_S3_ENDPOINT/],
  [{ REELFLOW_S3_PATH_STYLE: 'perhaps' }, /^REELFLOW_S3_PATH_STYLE="perhaps" .*true or false/],
  [{ PG_DSN: 'mysql://u:hush-hush@db' }, /^PG_DSN is not allowed/, /hush/],
  [{ REELFLOW_ADMIN_PASSWORD_FILE: '/nowhere' }, /^REELFLOW_ADMIN_PASSWORD_FILE="\/nowhere" .*can be read \(ENOENT\)/],
  [{ REELFLOW_ADMIN_PASSWORD_FILE: '/run/secrets/empty' }, /^REELFLOW_ADMIN_PASSWORD_FILE=.*empty/],
  [
    { REELFLOW_ADMIN_PASSWORD: 'hush-hush', REELFLOW_ADMIN_PASSWORD_FILE: '/run/secrets/pw' },
    /^REELFLOW_ADMIN_PASSWORD_FILE=.*REELFLOW_ADMIN_PASSWORD is set as well/,
    /hush/,
  ],
];

for (const [env, says, hides] of refused) {
  test(`refused: ${Object.keys(env).join(', ')} ${says}`, () => {
    assert.throws(
      () => parse(env),
      (error: Error & { code?: string; field?: string }) => {
        assert.equal(error.code, 'BAD_ENVIRONMENT');
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /\n/);
        if (hides) assert.doesNotMatch(error.message, hides);
        assert.ok(error.field && error.message.startsWith(error.field));
        return true;
      },
    );
  });
}

test('every scenario that is shipped can be chosen', () => {
  const folder = join(import.meta.dirname, '../../flows/scenarios');
  const shipped = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of shipped) assert.ok((SCENARIOS as readonly string[]).includes(name), name);
});

test('--pg_dsn names the database of cameras, PG_DSN counts more, and neither is shown when it is wrong', () => {
  const database = (argv: string[], env = {}) => parseEnvironment(env, { ...sources, argv }).cameraDatabase;
  assert.equal(database(['-s', 'x.js', '--pg_dsn=postgresql://u:p=q@db/a']), 'postgresql://u:p=q@db/a');
  assert.equal(database(['--pg_dsn=postgres://db/b'], { PG_DSN: 'postgres://db/c' }), 'postgres://db/c');
  assert.equal(database([]), undefined);
  for (const argv of [['--pg_dsn'], ['--pg_dsn=hunter2'], ['--pg_dsn', 'postgres://u:hunter2@db']]) {
    assert.throws(
      () => database(argv),
      (error: Error) => error.message.startsWith('--pg_dsn is not allowed') && !/hunter2/.test(error.message),
    );
  }
});
