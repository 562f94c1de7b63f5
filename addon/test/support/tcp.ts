import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type AcceptedConnection, TcpListener } from 'bpf-loader-native';

/** Where a visitor goes, and the address that he does it from. */
export type Way = { readonly host: string; readonly localAddress: string };

/** All of 127.0.0.0/8 is this host's. */
export const LOOPBACK_4: Way = { host: '127.0.0.5', localAddress: '127.0.0.9' };
export const LOOPBACK_6: Way = { host: '::1', localAddress: '::1' };

export type ScopedListener = TcpListener & Disposable;

/** Closed at the end of the scope. */
export function makeListener(onReadable: () => void = () => {}, host = '0.0.0.0'): ScopedListener {
  const listener = TcpListener.listen({ host, port: 0 }, onReadable);
  return Object.assign(listener, { [Symbol.dispose]: () => listener.close() });
}

/** And calls nobody until it is resumed. */
export function makePaused(onReadable?: () => void, host?: string): ScopedListener {
  const listener = makeListener(onReadable, host);
  listener.pause();
  return listener;
}

/** A connection that is in the listener's queue by now. */
export async function visit({ port }: { readonly port: number }, way = LOOPBACK_4): Promise<Socket> {
  const socket = connect({ port, ...way });
  await once(socket, 'connect');
  return socket;
}

/** A connection that is in the listener's queue and has been reset by now: over loopback that takes no time. */
export async function visitAndReset(listener: { readonly port: number }, way = LOOPBACK_4): Promise<void> {
  const socket = await visit(listener, way);
  socket.resetAndDestroy();
  await once(socket, 'close');
}

/** Somebody of whom it does not matter what becomes. */
export function knock({ port }: { readonly port: number }): Socket {
  return connect({ port, ...LOOPBACK_4 }).on('error', () => {});
}

/** Everybody who waits. */
export function acceptAll(listener: TcpListener): AcceptedConnection[] {
  const visitors: AcceptedConnection[] = [];
  for (let visitor = listener.accept(); visitor; visitor = listener.accept()) visitors.push(visitor);
  return visitors;
}

/** What /proc calls the sockets that this process holds, e.g. `socket:[4711]`. */
export function socketsOfProcess(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const name = readlinkSync(`/proc/self/fd/${fd}`);
      return name.startsWith('socket:') ? name : [];
    } catch {
      return []; // The descriptor that read the directory.
    }
  });
}
