import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** The other ends of connections to servers of this process, those that were made since this was. */
export class Accepted implements Disposable {
  readonly #sockets = new Set<Socket>();
  readonly #note = (message: unknown) => void this.#sockets.add((message as { socket: Socket }).socket);

  constructor() {
    subscribe('net.server.socket', this.#note);
  }

  /** So many were accepted. */
  get count(): number {
    return this.#sockets.size;
  }

  /** So many of them are open still. */
  get open(): number {
    return [...this.#sockets].filter(({ destroyed }) => !destroyed).length;
  }

  [Symbol.dispose](): void {
    unsubscribe('net.server.socket', this.#note);
  }
}
