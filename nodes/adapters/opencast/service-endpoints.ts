import { ReelflowError, toReelflowError } from '../../core/errors.ts';
import type { CoreSettings } from '../../core/opencast/core-settings.ts';
import type { OpencastService, ServiceType } from '../../core/opencast/opencast-core.ts';
import { readServices } from '../../core/opencast/service-list.ts';
import { answerError, statusError } from './answer-error.ts';
import { AttemptGate } from './attempt-gate.ts';
import { type CoreConnection, type GatePauses, usualPauses } from './core-connection.ts';
import type { Answer } from './exchange.ts';

/** Where the core's services are, as the contract has it (Opencast docs, capture-agent.md, "Getting service endpoint locations"). */
export class ServiceEndpoints {
  readonly #settings: CoreSettings;
  readonly #connection: CoreConnection;
  /** The search itself can fail while the core answers: one pace for all that search. */
  readonly #gate: AttemptGate;
  readonly #current = new Map<ServiceType, string>();
  readonly #last = new Map<ServiceType, string>();

  constructor(settings: CoreSettings, connection: CoreConnection, pauses: GatePauses = usualPauses) {
    this.#settings = settings;
    this.#connection = connection;
    this.#gate = new AttemptGate({ firstPauseMs: pauses.firstMs, maxPauseMs: pauses.maxMs });
  }

  /** @throws OPENCAST_ANSWER, OPENCAST_STATUS and what the connection throws */
  async discover(type: ServiceType, abort?: AbortSignal): Promise<OpencastService[]> {
    const turn = await this.#gate.enter(abort);
    try {
      const url = new URL(`${this.#settings.url}/services/available.json?serviceType=${type}`);
      let services: OpencastService[] = [];
      const check = (answer: Answer) => {
        if (answer.status !== 200) throw statusError(url, answer);
        services = readAnswer(url, type, answer.body.toString('utf8'));
      };
      await this.#connection.send({ method: 'GET', url, abort, check });
      if (services.length > 0) turn.good();
      else turn.bad();
      return services;
    } catch (error) {
      const { code } = toReelflowError(error);
      if (code === 'OPENCAST_ANSWER' || code === 'OPENCAST_STATUS') turn.bad();
      throw error;
    } finally {
      turn.leave();
    }
  }

  /** For capture-admin and scheduler: kept until a request to it fails. */
  async kept(type: ServiceType, abort?: AbortSignal): Promise<string> {
    return this.#settings.overrides[type] ?? this.#current.get(type) ?? (await this.anew(type, abort));
  }

  /** For each upload: asked again, and the one used last where the core does not say. @throws OPENCAST_NO_SERVICE */
  async anew(type: ServiceType, abort?: AbortSignal): Promise<string> {
    const override = this.#settings.overrides[type];
    if (override) return override;
    let services: OpencastService[];
    try {
      services = await this.discover(type, abort);
    } catch (error) {
      const last = this.#last.get(type);
      const { code } = toReelflowError(error);
      if (last === undefined || code === 'OPENCAST_LOGIN' || abort?.aborted) throw error;
      return last;
    }
    const best = services[0];
    if (!best) {
      const name = type.replace('org.opencastproject.', '');
      throw new ReelflowError('OPENCAST_NO_SERVICE', `the core has no ${name} service that is online now`, {
        isRetryable: true,
      });
    }
    this.#current.set(type, best.endpoint);
    this.#last.set(type, best.endpoint);
    return best.endpoint;
  }

  /** A request there failed: the service may have moved. */
  doubt(type: ServiceType): void {
    this.#current.delete(type);
  }
}

function readAnswer(url: URL, type: ServiceType, text: string): OpencastService[] {
  try {
    return readServices(type, text);
  } catch (error) {
    throw answerError(url, toReelflowError(error).message);
  }
}
