import type { NodeStatus } from './node-spec.ts';

const everyMs = 500;
const longestText = 80;

/**
 * The status under a node. At most two a second are passed on, because each goes to every open editor and every Status
 * node; the last one always arrives. An error covers what the node shows until something works again.
 */
export class StatusLine {
  readonly #write: (status: object) => void;
  #own: NodeStatus | undefined;
  #error: NodeStatus | undefined;
  #written = '';
  #writtenAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (status: object) => void) {
    this.#write = write;
  }

  show(status: NodeStatus): void {
    this.#own = status;
    this.#error = undefined;
    this.#update();
  }

  showError(error: Error): void {
    this.#error = { fill: 'red', shape: 'ring', text: error.message };
    this.#update();
  }

  /** Something worked: back to what the node itself shows. */
  clearError(): void {
    if (!this.#error) return;
    this.#error = undefined;
    this.#update();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #update(): void {
    if (this.#timer) return;
    const waitMs = this.#writtenAt + everyMs - performance.now();
    if (waitMs <= 0) {
      this.#pass();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pass();
    }, waitMs);
  }

  #pass(): void {
    const current = this.#error ?? this.#own;
    const status = current ? { ...current, text: shorten(current.text) } : {};
    const written = JSON.stringify(status);
    if (written === this.#written) return;
    this.#written = written;
    this.#writtenAt = performance.now();
    this.#write(status);
  }
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > longestText ? `${line.slice(0, longestText - 1)}…` : line;
}
