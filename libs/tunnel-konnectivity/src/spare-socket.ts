import type { Socket } from 'node:net';
import type { Clock } from '@hawser/runtime';

/** For so long after a dial the next one finds a connection that is ready; an idle hub keeps none. */
const SPARE_LIFE_MS = 10_000;

/** A connection that was opened ahead of need. It is closed when nobody comes for it, or its peer says anything. */
export class SpareSocket implements Disposable {
  #socket: Socket | undefined;
  readonly #timer: Disposable;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#timer = clock.after(SPARE_LIFE_MS, () => this[Symbol.dispose]());
    // Its end shows as something to read, too.
    socket.on('readable', this.#onChange).on('close', this.#onChange);
  }

  /** Hands it over. @returns nothing where it is gone. */
  take(): Socket | undefined {
    const socket = this.#socket;
    this.#timer[Symbol.dispose]();
    this.#socket = undefined;
    socket?.off('readable', this.#onChange).off('close', this.#onChange);
    return socket?.destroyed === false ? socket : undefined;
  }

  [Symbol.dispose](): void {
    this.take()?.destroy();
  }

  readonly #onChange = () => this[Symbol.dispose]();
}
