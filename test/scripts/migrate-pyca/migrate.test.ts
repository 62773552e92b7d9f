import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseEnv } from 'node:util';
import { parseConfigObj } from '../../../scripts/migrate-pyca/config-obj.ts';
import { KEYS } from '../../../scripts/migrate-pyca/keys.ts';
import { startOpencastCore } from '../../fixtures/opencast-core.ts';
import { repository } from '../../fixtures/sources.ts';
import { startStation } from '../../fixtures/station.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { until } from '../../fixtures/until.ts';

interface Place {
  conf: string;
  out: string;
  run: (...more: string[]) => { status: number | null; output: string; errors: string };
  node: (id: string) => Record<string, unknown>;
}

async function place(context: TestContext, text: string): Promise<Place> {
  const folder = await temporaryFolder(context);
  const [conf, out] = [join(folder, 'pyca.conf'), join(folder, 'data')];
  writeFileSync(conf, text);
  return {
    ...{ conf, out },
    run(...more) {
      const argv = [join(repository, 'scripts/migrate-pyca.ts'), conf, '--out', out, ...more];
      const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
      return { status, output: stdout, errors: stderr };
    },
    node(id) {
      const flow = JSON.parse(readFileSync(join(out, 'flows.json'), 'utf8')) as Record<string, unknown>[];
      return flow.find((one) => one['id'] === id) ?? {};
    },
  };
}

const everything = `
[agent]
name = 'pyca@hall 1'
update_frequency = 30
cal_lookahead = 0
backup_mode = yes
database = 'sqlite:////var/lib/pyca/pyca.db'
[capture]
directory = /srv/recordings
command = '/opt/rec.sh "{{dir}}" {{name}} {{time}} {{previewdir}}/a.jpg'
flavors = presenter/source, presentation/source
files = '{{dir}}/{{name}}.mkv', '{{dir}}/{{name}}-slides.mkv'
preview = '{{previewdir}}/a.jpg',
sigterm_time = 10
exit_code = 255
[ingest]
delay_min = 60
delay_max = 3600
delete_after_upload = true
upload_rate = 500k
[server]
url = 'https://opencast.example.org'
auth_method = digest
username = ca
password = 'top # secret'
insecure = on
certificate = certs/ca.pem
[[service_overrides]]
'org.opencastproject.ingest' = 'https://ingest.example.org/ingest'
[ui]
username = operator
password = 'eight eight'
url = 'https://hall1.example.org'
[http]
timeout = 100
connection_timeout = 20
`;

test('every key of pyCA has its place in what is written, or a reason in the report', async (context) => {
  const { run, node, out } = await place(context, everything);
  const { status, output, errors } = run();
  assert.equal(status, 0, errors);
  const camera = node('opencast-camera');
  assert.deepEqual(
    [camera['kind'], camera['command'], camera['outputs']],
    [
      'command',
      '/opt/rec.sh "{{dir}}" {{name}} {{time}} {{previewdir}}/a.jpg',
      '{{dir}}/{{name}}.mkv presenter/source\n{{dir}}/{{name}}-slides.mkv presentation/source',
    ],
  );
  const picked = (id: string, ...fields: string[]) => fields.map((field) => node(id)[field]);
  assert.deepEqual(picked('opencast-schedule', 'agent', 'refreshMinutes', 'horizonDays'), ['pyca@hall 1', 0.5, 366]);
  assert.deepEqual(picked('opencast-agent', 'agent', 'heartbeatSeconds', 'address'), [
    ...['pyca@hall 1', 30, 'https://hall1.example.org'],
  ]);
  assert.deepEqual(picked('opencast-upload', 'delayMinMinutes', 'delayMaxMinutes', 'rateMbit', 'keepsFiles'), [
    ...[1, 60, 4, false],
  ]);
  assert.deepEqual(
    picked('opencast-core', 'isBackup', 'isInsecure', 'caFile', 'ingestUrl', 'timeoutSeconds', 'connectTimeoutSeconds'),
    [true, true, join(out, '../certs/ca.pem'), 'https://ingest.example.org/ingest', 100, 20],
  );
  assert.deepEqual(parseEnv(readFileSync(join(out, 'reelflow.env'), 'utf8')), {
    REELFLOW_DATA: out,
    REELFLOW_SCENARIO: 'opencast-capture-agent',
    REELFLOW_AGENT: 'pyca-hall-1',
    REELFLOW_OPENCAST_URL: 'https://opencast.example.org',
    REELFLOW_OPENCAST_USER: 'ca',
    REELFLOW_OPENCAST_AUTH: 'digest',
    REELFLOW_OPENCAST_PASSWORD_FILE: join(out, 'access/opencast-password'),
  });
  for (const name of Object.keys(KEYS)) {
    if (!KEYS[name]?.notNeeded?.startsWith('of an older')) assert.match(output, new RegExp(`^  ${name} `, 'm'), name);
  }
});

test('secrets only stand in files that nobody else may read', async (context) => {
  const { run, out } = await place(context, everything);
  const { output, errors } = run();
  const all = ['flows.json', 'reelflow.env'].map((name) => readFileSync(join(out, name), 'utf8')).join('');
  for (const secret of ['top # secret', 'eight eight']) {
    assert.ok(!`${output}${errors}${all}`.includes(secret), secret);
  }
  assert.equal(readFileSync(join(out, 'access/opencast-password'), 'utf8'), 'top # secret\n');
  for (const name of ['flows.json', 'reelflow.env', 'access/opencast-password', 'access/users.json']) {
    assert.equal(statSync(join(out, name)).mode & 0o777, 0o600, name);
  }
});

test('nothing is overwritten without --force', async (context) => {
  const { run, out } = await place(context, everything);
  run();
  writeFileSync(join(out, 'flows.json'), 'mine');
  const again = run();
  assert.equal(again.status, 1);
  assert.match(again.errors, /flows\.json.*there already; nothing was written/);
  assert.equal(readFileSync(join(out, 'flows.json'), 'utf8'), 'mine');
  assert.equal(run('--force').status, 0);
  assert.notEqual(readFileSync(join(out, 'flows.json'), 'utf8'), 'mine');
});

test('unknown keys are named and left out; bad values are named with their line, and nothing is written', async (context) => {
  const known = await place(
    context,
    '[agent]\nnme = x\n[moon]\nx = 1\n[server]\n[[service_overrides]]\nfoo = http://x\n',
  );
  const { status, errors } = known.run();
  assert.equal(status, 0);
  for (const words of [/line 2: agent\.nme is not known/, /line 4: moon\.x/, /line 7: foo is no service/]) {
    assert.match(errors, words);
  }
  const lines = [
    ...['[agent]', 'update_frequency = 1', 'backup_mode = perhaps', 'name = a', 'name = b'],
    ...['[capture]', 'command = ffmpeg -vf a,b', "files = 'x.mp4', '{{dir}}/../y.mp4'", 'flavors = presenter/source'],
    ...[
      '[ingest]',
      'delay_min = 5',
      'upload_rate = fast',
      '[server]',
      "password = 'open",
      'auth_method = ntlm',
      'url = ftp://x',
    ],
  ];
  const bad = await place(context, lines.join('\n'));
  const refused = bad.run();
  assert.equal(refused.status, 1);
  for (const words of [
    ...[/line 2: agent\.update_frequency must be a whole number, 5 or more/, /line 3: agent\.backup_mode/],
    ...[/line 5: agent\.name is there twice \(line 4\)/, /line 7: capture\.command has a comma/],
    ...[/line 8: capture\.files must lie in \{\{dir\}\}/, /line 8: capture\.files has 2 files.*flavors has 1/],
    ...[/ingest\.delay_max must be at least/, /line 12: ingest\.upload_rate/, /line 14: .*password can not be read/],
    ...[/line 15: server\.auth_method must be one of basic, digest/, /line 16: server\.url must begin/],
    /nothing was written/,
  ]) {
    assert.match(refused.errors, words);
  }
  assert.ok(!refused.errors.includes('open') && !existsSync(bad.out));
  assert.match((await place(context, '')).run('more').errors, /npm run migrate:pyca -- FILE/);
});

test('the list of keys is read by the same parser as the files', () => {
  const { entries, problems } = parseConfigObj(everything);
  assert.deepEqual(problems, []);
  assert.ok(entries.length > 25);
});

test("pyCA's own example becomes an agent that records and uploads", async (context) => {
  const core = await startOpencastCore({ auth: 'digest' });
  context.after(() => core.stop());
  const { run, out } = await place(
    context,
    `
[agent]
name             = 'pyca'
update_frequency = 5

[capture]
directory        = './recordings'
command          = 'ffmpeg -nostats -re -f lavfi -r 25 -i testsrc -t {{time}} -map 0:v -pix_fmt yuv420p {{dir}}/{{name}}.mp4 -map 0:v -r 1 -update 1 {{previewdir}}/preview.jpg'
files            = '{{dir}}/{{name}}.mp4'
preview          = '{{previewdir}}/preview.jpg'

[server]
url              = '${core.url}'
auth_method      = 'digest'
username         = 'admin'
password         = 'opencast'

[ui]
username         = 'lecturer'
password         = 'opencast'
`,
  );
  const { status, errors } = run();
  assert.equal(status, 0, errors);
  const environment = parseEnv(readFileSync(join(out, 'reelflow.env'), 'utf8')) as Record<string, string>;
  const station = await startStation({ dataRoot: out, env: environment });
  context.after(() => station.stop());
  await until(async () => (await core.state()).agents['pyca']?.state === 'idle', { what: 'the agent at the core' });
  const login = { authorization: `Basic ${Buffer.from('lecturer:opencast').toString('base64')}` };
  const headers = { ...login, 'content-type': 'application/vnd.api+json' };
  const body = JSON.stringify({ data: [{ title: 'By pyCA', duration: 6, creator: 'Ada' }] });
  const answer = await fetch(`${station.url}/api/schedule`, { method: 'POST', headers, body });
  assert.equal(answer.status, 200, await answer.text());
  await until(async () => (await fetch(`${station.url}/img/0`, { headers: login })).status === 200, {
    what: 'a picture of the command',
  });
  const accepted = await until(async () => (await core.state()).ingested[0], {
    timeoutMs: 60_000,
    what: `the upload; ${station.log().slice(-2000)}`,
  });
  assert.deepEqual(
    (accepted.el as [string, string, string][]).map(([kind, , flavor]) => [kind, flavor]),
    [['track', 'presenter/source']],
  );
  assert.deepEqual(
    (await core.state()).events.map(({ title, agent }) => [title, agent]),
    [['By pyCA', 'pyca']],
  );
});
