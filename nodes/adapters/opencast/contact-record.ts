import type { ReelflowError } from '../../core/errors.ts';
import type { CoreContact } from '../../core/opencast/opencast-core.ts';
import type { Dispose } from '../../core/time/clock.ts';

/** When the core last answered, and what is wrong if it does not. */
export class ContactRecord {
  readonly #listeners = new Set<(contact: CoreContact) => void>();
  #contact: CoreContact = {};

  get current(): CoreContact {
    return this.#contact;
  }

  good(): void {
    const isNews = this.#contact.lastError !== undefined || this.#contact.lastContactAt === undefined;
    this.#contact = { lastContactAt: Date.now() };
    if (isNews) this.#tell();
  }

  bad({ code, message }: ReelflowError): void {
    const { lastContactAt, lastError } = this.#contact;
    const isNews = lastError?.code !== code || lastError.message !== message;
    this.#contact = {
      ...(lastContactAt !== undefined && { lastContactAt }),
      lastError: { code, message, at: Date.now() },
    };
    if (isNews) this.#tell();
  }

  onContact(listener: (contact: CoreContact) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.#contact);
  }
}
