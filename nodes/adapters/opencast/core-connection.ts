import { toReelflowError } from '../../core/errors.ts';
import type { CoreSettings } from '../../core/opencast/core-settings.ts';
import { aborted } from './aborted.ts';
import { loginError } from './answer-error.ts';
import { AttemptGate, type Turn } from './attempt-gate.ts';
import { ContactRecord } from './contact-record.ts';
import { CookieJar } from './cookie-jar.ts';
import { CoreLogin } from './core-login.ts';
import { type Answer, exchange } from './exchange.ts';
import type { StreamedBody } from './send-body.ts';
import { TrustedCertificates } from './trusted-certificates.ts';

export interface CoreRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: URL;
  headers?: Record<string, string>;
  body?: Uint8Array | StreamedBody;
  /** Default: that of the settings. */
  timeoutMs?: number;
  maxAnswerBytes?: number;
  abort?: AbortSignal | undefined;
  /** A 403 is an answer like any other: this user need not be allowed it. */
  mayBeForbidden?: boolean;
  /** Throws when the answer shows that it is not the core that answers: then it was no contact with it. */
  check?: (answer: Answer) => void;
}

export interface GatePauses {
  /** Between attempts that do not reach the core. */
  firstMs: number;
  maxMs: number;
  /** Between attempts with a login that was refused. */
  loginMs: number;
}

/** At most one attempt in 5 s, and two logins a minute: more locks accounts. */
export const usualPauses: GatePauses = { firstMs: 5000, maxMs: 30_000, loginMs: 31_000 };

const usualAnswerBytes = 4 * 1024 * 1024;

/** All requests to the nodes of one core go through here: login, cookies, pauses after failures. */
export class CoreConnection {
  readonly #settings: CoreSettings;
  readonly #pauses: GatePauses;
  readonly #login: CoreLogin;
  readonly #cookies = new CookieJar();
  readonly #certificates: TrustedCertificates;
  readonly #loginGate: AttemptGate;
  readonly #hostGates = new Map<string, AttemptGate>();
  readonly contact = new ContactRecord();

  constructor(settings: CoreSettings, pauses: GatePauses = usualPauses) {
    this.#settings = settings;
    this.#pauses = pauses;
    this.#login = new CoreLogin(settings);
    this.#certificates = new TrustedCertificates(settings.caFile);
    const { loginMs } = pauses;
    this.#loginGate = new AttemptGate({ firstPauseMs: loginMs, maxPauseMs: loginMs, isCautious: true });
  }

  /**
   * @returns any answer that is not about the login; its status is for the caller to judge
   * @throws OPENCAST_UNREACHABLE, OPENCAST_TLS, OPENCAST_LOGIN, OPENCAST_ANSWER, OPENCAST_FILE, ABORTED; what `check` throws
   */
  async send(request: CoreRequest): Promise<Answer> {
    const { abort, url } = request;
    const isLong = isStreamed(request);
    let login: Turn | undefined;
    let host: Turn | undefined;
    try {
      login = await this.#loginGate.enter(abort, isLong);
      host = await this.#gateOf(url).enter(abort, isLong);
      const answer = await this.#attempt(request);
      host.good();
      const isAnswered = answer.status === 403 && request.mayBeForbidden === true;
      const refused = isAnswered ? undefined : loginError(url, answer, this.#settings.auth);
      if (refused) {
        // A user who may not do this one thing is none whose password is wrong.
        if (answer.status !== 403) login.bad();
        this.#login.forget(url);
        this.#cookies.forget(url);
        throw refused;
      }
      login.good();
      request.check?.(answer);
      this.contact.good();
      return answer;
    } catch (thrown) {
      if (abort?.aborted) throw aborted();
      const error = toReelflowError(thrown, 'OPENCAST_UNREACHABLE');
      if (error.code === 'OPENCAST_UNREACHABLE' || error.code === 'OPENCAST_TLS') host?.bad();
      if (error.code !== 'OPENCAST_FILE') this.contact.bad(error);
      throw error;
    } finally {
      login?.leave();
      host?.leave();
    }
  }

  async #attempt(request: CoreRequest): Promise<Answer> {
    const { url, method } = request;
    if (isStreamed(request) && this.#login.needsChallenge(url)) {
      // As curl does: an empty request fetches the challenge, so that the file itself is sent once.
      const answer = await this.#exchange({ ...request, body: new Uint8Array() }, { 'X-Requested-Auth': 'Digest' });
      if (answer.status !== 401 || !this.#login.learn(url, answer.headers, false)) return answer;
    }
    const login = this.#login.headers(method, url);
    const answer = await this.#exchange(request, login);
    const hadAnswered = login['Authorization'] !== undefined;
    if (answer.status !== 401 || !this.#login.learn(url, answer.headers, hadAnswered)) return answer;
    return await this.#exchange(request, this.#login.headers(method, url));
  }

  async #exchange(request: CoreRequest, login: Record<string, string>): Promise<Answer> {
    const { url, method, body, abort } = request;
    const { keepsCookies, isInsecure, connectTimeoutMs, timeoutMs, stallMs } = this.#settings;
    const cookie = keepsCookies ? this.#cookies.header(url) : undefined;
    const answer = await exchange({
      method,
      url,
      headers: { ...request.headers, ...login, ...(cookie !== undefined && { Cookie: cookie }) },
      ...(body && { body }),
      connectTimeoutMs,
      timeoutMs: request.timeoutMs ?? timeoutMs,
      stallMs,
      maxAnswerBytes: request.maxAnswerBytes ?? usualAnswerBytes,
      abort,
      isInsecure,
      ...(url.protocol === 'https:' && { secureContext: await this.#certificates.context() }),
    });
    if (keepsCookies) this.#cookies.learn(url, answer.headers['set-cookie']);
    return answer;
  }

  #gateOf({ host }: URL): AttemptGate {
    const { firstMs, maxMs } = this.#pauses;
    const gate = this.#hostGates.get(host) ?? new AttemptGate({ firstPauseMs: firstMs, maxPauseMs: maxMs });
    this.#hostGates.set(host, gate);
    return gate;
  }
}

function isStreamed({ body }: CoreRequest): boolean {
  return body !== undefined && !(body instanceof Uint8Array);
}
