import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { AuthenticateError, Client, ConnectPacket } from 'aedes';
import type { Access, Identity } from '../../core/access/access.ts';
import { authenticateUpgrade } from '../../core/access/identify.ts';
import { clientAddress } from '../../core/access/request-head.ts';
import { mayPublish } from '../../core/bus/topic-rights.ts';
import { toReelflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';

/** CONNACK return codes, MQTT 3.1.1 section 3.2.2.3. */
const identifierRejected = 2;
const unavailable = 3;
const badCredentials = 4;
const notAuthorized = 5;

export interface DoorOptions {
  access: Access;
  log: Log;
  /** Client ids that may keep a session (clean: false): what waits for them is kept in memory without limit. */
  sessionIds?: readonly string[];
}

/**
 * Who may connect to the embedded broker: user and password; `token` and an API token; over WebSocket also a browser
 * that is logged in, when the page is our own.
 */
export class BrokerDoor {
  readonly #options: DoorOptions;
  readonly #connects = new WeakMap<Client, ConnectPacket>();
  readonly #identities = new WeakMap<Client, Identity>();
  /** Connected clients, so that nobody throws out somebody else's by taking its id. */
  readonly #holders = new Map<string, Client>();

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  identityOf(client: Client): Identity | undefined {
    return this.#identities.get(client);
  }

  holderOf(clientId: string): Client | undefined {
    return this.#holders.get(clientId);
  }

  /** Before authentication; `authenticate` is not given the packet. */
  remember(client: Client, packet: ConnectPacket): void {
    this.#connects.set(client, packet);
  }

  entered(client: Client): void {
    this.#holders.set(client.id, client);
  }

  left(client: Client): void {
    if (this.#holders.get(client.id) === client) this.#holders.delete(client.id);
  }

  /** Resolves with the reason of a refusal, or undefined. Never rejects. */
  async authenticate(
    client: Client,
    user: string | undefined,
    password: Buffer | undefined,
  ): Promise<AuthenticateError | undefined> {
    const from = addressOf(client);
    try {
      const identity = await this.#identify(client, user, password, from);
      if (!identity) return this.#refuse(client, badCredentials, `wrong user or password from ${from}`);
      const refusal = this.#check(client, identity);
      if (refusal) return refusal;
      this.#identities.set(client, identity);
      return undefined;
    } catch (error) {
      return this.#refuse(client, unavailable, toReelflowError(error).message);
    }
  }

  async #identify(
    client: Client,
    user: string | undefined,
    password: Buffer | undefined,
    from: string,
  ): Promise<Identity | undefined> {
    const { access } = this.#options;
    if (user === undefined) return client.req ? authenticateUpgrade(access, client.req) : undefined;
    const secret = password?.toString('utf8') ?? '';
    return user === 'token' ? access.checkToken(secret) : access.checkPassword(user, secret, from);
  }

  #check(client: Client, identity: Identity): AuthenticateError | undefined {
    if (!client.clean && !this.#options.sessionIds?.includes(client.id)) {
      const reason = `${identity.user} asked for a session that outlives the connection; set "clean session"`;
      return this.#refuse(client, identifierRejected, reason);
    }
    const holder = this.#holders.get(client.id);
    if (holder && this.#identities.get(holder)?.user !== identity.user) {
      return this.#refuse(client, identifierRejected, `${identity.user} used the client id of somebody else`);
    }
    const will = this.#connects.get(client)?.will;
    if (will && !mayPublish(identity, will.topic)) {
      return this.#refuse(client, notAuthorized, `${identity.user} may not leave a last will on ${will.topic}`);
    }
    return undefined;
  }

  #refuse(client: Client, returnCode: number, reason: string): AuthenticateError {
    this.#options.log.info(`broker: client "${client.id.slice(0, 64)}" was refused: ${reason.slice(0, 200)}`);
    return Object.assign(new Error(reason), { returnCode });
  }
}

function addressOf(client: Client): string {
  if (client.req) return clientAddress(client.req as IncomingMessage);
  return (client.conn as Socket).remoteAddress ?? 'unknown';
}
