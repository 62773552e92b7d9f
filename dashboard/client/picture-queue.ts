/**
 * Loads pictures a few at a time: a browser has six connections to a host, and a wall of cameras must leave some for
 * everything else. Pictures come in the order they were asked for.
 */
export class PictureQueue {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #loading = 0;

  constructor(most = 3) {
    this.#most = most;
  }

  /** Resolves with true when the picture is in the browser's cache; `isWanted` is asked when its turn comes. */
  async load(url: string, isWanted: () => boolean): Promise<boolean> {
    if (this.#loading >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (!isWanted()) {
      this.#waiting.shift()?.();
      return false;
    }
    this.#loading++;
    try {
      return await arrives(url);
    } finally {
      this.#loading--;
      this.#waiting.shift()?.();
    }
  }
}

function arrives(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(true);
    image.onerror = () => resolve(false);
    image.src = url;
  });
}
