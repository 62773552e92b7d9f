import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeAPI } from 'node-red';
import type { Access } from '../core/access/access.ts';
import { identify } from '../core/access/identify.ts';
import { ReelflowError, toReelflowError } from '../core/errors.ts';
import { stationReady, useStation } from '../kit/station.ts';
import { judgeHealth } from './health.ts';
import { StationMetrics } from './metrics.ts';

/**
 * `GET /health` for load balancers and service managers, the one address that answers without a login: 200 or 503,
 * with codes only; who is logged in reads sentences. `GET /metrics` for Prometheus, behind the login of all routes.
 */
export default function register(red: NodeAPI): void {
  red.plugins.registerPlugin('reelflow-health', { type: 'reelflow' });
  let areFlowsStarted = false;
  red.events.once('flows:started', () => {
    areFlowsStarted = true;
  });
  const access = red.settings.reelflow?.access;
  // From the start, so that counters miss nothing.
  let metrics: StationMetrics | undefined;
  stationReady()
    .then((station) => {
      metrics = new StationMetrics(station);
    })
    .catch((error: unknown) => red.log.error(`[metrics] ${toReelflowError(error).message}`));

  red.httpNode.get('/health', (request: IncomingMessage, response: ServerResponse) => {
    const health = judgeHealth({ areFlowsStarted, station: useStation });
    answerHealth(request, access)
      .then((isKnown) => {
        const codes = health.reasons.map(({ code }) => code);
        const body = isKnown
          ? { ...about(), reasons: health.reasons, notes: health.notes }
          : health.isOk
            ? {}
            : { reasons: codes };
        send(
          response,
          health.isOk ? 200 : 503,
          'application/json',
          JSON.stringify({ status: word(health.isOk), ...body }),
        );
      })
      .catch((error: unknown) => fail(response, error));
  });

  red.httpNode.get('/metrics', (_request: IncomingMessage, response: ServerResponse) => {
    if (!metrics) {
      fail(response, new ReelflowError('STATION_MISSING', 'Reelflow is not running: plugin-station did not start'));
      return;
    }
    const { contentType } = metrics;
    metrics.text().then(
      (text) => send(response, 200, contentType, text),
      (error: unknown) => fail(response, error),
    );
  });

  function about(): object {
    try {
      const { agent, version, startedAt } = useStation();
      return { agent, version, since: new Date(startedAt).toISOString() };
    } catch {
      return {};
    }
  }
}

function word(isOk: boolean): string {
  return isOk ? 'ok' : 'failing';
}

/** Whether somebody we know asks. Nobody is turned away here, so nothing is checked for who brings nothing. */
async function answerHealth(request: IncomingMessage, access: Access | undefined): Promise<boolean> {
  const { authorization, cookie } = request.headers;
  if (!access || (authorization === undefined && cookie === undefined)) return false;
  return (await identify(access, request)).kind === 'known';
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Cache-Control': 'no-store' });
  response.end(body);
}

function fail(response: ServerResponse, error: unknown): void {
  const { code, message } = toReelflowError(error);
  const problem = { type: 'about:blank', title: 'Service Unavailable', status: 503, code, detail: message };
  send(response, 503, 'application/problem+json', JSON.stringify(problem));
}
