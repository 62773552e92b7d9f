/** A key of pyca.conf (pyCA 4.5, pyca/config.py) as pyCA's own specification has it. */
export interface KeySpec {
  type: 'text' | 'list' | 'boolean' | 'integer' | 'rate' | 'choice';
  fallback: string | string[] | boolean | number;
  min?: number;
  max?: number;
  choices?: readonly string[];
  /** Why nothing is made of it. */
  notNeeded?: string;
}

const text = (fallback = '', notNeeded?: string): KeySpec => ({
  type: 'text',
  fallback,
  ...(notNeeded && { notNeeded }),
});
const list = (...fallback: string[]): KeySpec => ({ type: 'list', fallback });
const flag = (notNeeded?: string): KeySpec => ({ type: 'boolean', fallback: false, ...(notNeeded && { notNeeded }) });
const integer = (fallback: number, min: number, more: Partial<KeySpec> = {}): KeySpec => ({
  ...{ type: 'integer', fallback, min },
  ...more,
});

const ended = 'the command gets SIGINT at the end of the event, after 10 s SIGTERM, after 15 s SIGKILL';
const logged = 'Reelflow logs to standard output: the journal of systemd, docker logs, or a file by redirection';
const older = 'of an older pyCA';

/** Every key there is, by `section.key`. */
export const KEYS: Readonly<Record<string, KeySpec>> = {
  'agent.name': text(),
  'agent.update_frequency': integer(60, 5),
  'agent.cal_lookahead': integer(14, 0),
  'agent.backup_mode': flag(),
  'agent.database': text(
    'sqlite:///pyca.db',
    'the state is in the data folder; what pyCA has recorded stays with pyCA',
  ),
  'agent.ignore_timezone': flag(older),
  'capture.directory': text('./recordings', 'recordings lie in the data folder'),
  'capture.command': text('ffmpeg -nostats -re -f lavfi -r 25 -i testsrc -t {{time}} {{dir}}/{{name}}.webm'),
  'capture.flavors': list('presenter/source'),
  'capture.files': list('{{dir}}/{{name}}.webm'),
  'capture.preview_dir': text('./recordings', '{{previewdir}} is a folder of each recording'),
  'capture.preview': { ...list(), notNeeded: 'every JPEG in {{previewdir}} is found by itself, the newest is shown' },
  'capture.sigcustom': integer(2, 1, { notNeeded: ended }),
  'capture.sigcustom_time': integer(-1, -1, { notNeeded: ended }),
  'capture.sigterm_time': integer(-1, -1, { notNeeded: ended }),
  'capture.sigkill_time': integer(120, -1, { notNeeded: ended }),
  'capture.exit_code': integer(0, 0, {
    max: 255,
    notNeeded: 'the files say whether the command worked, not its exit code; one that ends early is started again',
  }),
  'capture.sources': { ...list(), notNeeded: older },
  'capture.names': { ...list(), notNeeded: older },
  'ingest.delay_min': integer(0, 0),
  'ingest.delay_max': integer(0, 0),
  'ingest.delete_after_upload': flag(),
  'ingest.upload_catalogs': flag('deprecated: the core has the catalogs of what it scheduled; others get theirs'),
  'ingest.upload_rate': { type: 'rate', fallback: '0' },
  'server.url': text('https://develop.opencast.org'),
  'server.auth_method': { type: 'choice', fallback: 'basic', choices: ['basic', 'digest'] },
  'server.username': text('admin'),
  'server.password': text('opencast'),
  'server.insecure': flag(),
  'server.certificate': text(),
  'server.cookiefile': text('', 'cookies are kept in memory and sent back'),
  'ui.username': text('admin'),
  'ui.password': text('opencast'),
  'ui.refresh_rate': integer(10, 1, { notNeeded: 'the dashboard is told of changes' }),
  'ui.url': text('http://localhost:5000'),
  'ui.log_command': text('', 'Reelflow shows its own log; it runs nothing through a shell'),
  'logging.syslog': flag(logged),
  'logging.stderr': { ...flag(logged), fallback: true },
  'logging.file': text('', logged),
  'logging.level': {
    ...{ type: 'choice', fallback: 'info', choices: ['debug', 'info', 'warning', 'error'] },
    notNeeded: 'what matters is logged; the dashboard has the log of each capture tool',
  },
  'logging.format': text('', logged),
  'http.timeout': integer(300, 0),
  'http.connection_timeout': integer(180, 0),
};

/** `[server] [[service_overrides]]`: service type to URL, and the field of our node. */
export const OVERRIDES: Readonly<Record<string, 'captureAdminUrl' | 'schedulerUrl' | 'ingestUrl'>> = {
  'org.opencastproject.capture.admin': 'captureAdminUrl',
  'org.opencastproject.scheduler': 'schedulerUrl',
  'org.opencastproject.ingest': 'ingestUrl',
};
export const overridesSection = 'server.service_overrides';
