import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { TcpListener } from '../../../src/kernel/tcp-listener.ts';
import type { Contact, ListenerOptions } from '../../../src/listen/contact.ts';
import { type Listening, listen } from '../../../src/listen/listen.ts';
import { PortSet } from '../../../src/values/ports.ts';

/** A port that nobody holds just now, of both protocols and families. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = createSocket('udp6');
    const isFree = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false)).bind(port, () => resolve(true));
    });
    await Promise.all([once(server.close(), 'close'), isFree && once(socket.close(), 'close')]);
    if (isFree) return port;
  }
}

type Wanted = {
  readonly tcp?: readonly number[];
  readonly udp?: readonly number[];
  readonly banner?: string;
  readonly openTcp?: ListenerOptions['openTcp'];
};

/** Listens until the test ends, and takes down what it is told. */
export async function listening(
  t: TestContext,
  { tcp = [], udp = [], banner, openTcp = TcpListener.listen }: Wanted,
) {
  const contacts: Contact[] = [];
  const warnings: string[] = [];
  const places = { tcp: PortSet.of(tcp), udp: PortSet.of(udp), banner };
  const it: Listening = await listen(places, {
    openTcp,
    onContact: (contact) => contacts.push(contact),
    warn: (text) => warnings.push(text),
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= it.close();
    return closing;
  };
  t.after(close);
  return { contacts, warnings, refused: it.refused, close, prepare: it.prepare };
}

/**
 * A connection that takes down what it gets. `heard` resolves when the other side has ended or reset it, `closed` when this
 * one has, too.
 */
export function connectTo(port: number, host = '127.0.0.1', allowHalfOpen = false) {
  const socket: Socket = connect({ port, host, allowHalfOpen });
  const chunks: Buffer[] = [];
  let error: NodeJS.ErrnoException | undefined;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', (cause) => {
    error = cause;
  });
  const on = (...events: string[]) =>
    new Promise<void>((resolve) => {
      for (const event of events) socket.once(event, () => resolve());
    });
  const closed = on('close').then(() => ({ bytes: Buffer.concat(chunks), error: error?.code }));
  return { socket, heard: on('end', 'close'), closed };
}

/** A UDP socket that takes down what it gets, until the test ends. */
export async function udpPeer(t: TestContext, host: '127.0.0.1' | '::1' = '127.0.0.1') {
  const socket: UdpSocket = createSocket(host === '::1' ? 'udp6' : 'udp4');
  const received: Buffer[] = [];
  socket.on('message', (message) => received.push(message));
  socket.bind(0, host);
  await once(socket, 'listening');
  t.after(() => socket.close());
  const send = (port: number, text: string) => socket.send(text, port, host);
  return { received, send };
}
