import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { TcpListener } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsRange, throwsType } from './support/expect.ts';
import { acceptAll, LOOPBACK_4, LOOPBACK_6, listenPaused, visit } from './support/tcp.ts';

const ignore = () => {};

describe('listening', () => {
  test('at a port where somebody listens is EADDRINUSE', () => {
    const first = TcpListener.listen({ host: '0.0.0.0', port: 0 }, ignore);
    const { port } = first;
    const error = throwsBpfError(
      () => TcpListener.listen({ host: '127.0.0.5', port }, ignore),
      'EADDRINUSE',
      'bind',
    );
    assert.equal(error.message, `EADDRINUSE: Address already in use, bind '127.0.0.5:${port}'`);
    first.close();
    TcpListener.listen({ host: '127.0.0.5', port }, ignore).close();
  });

  test('does not mind what earlier connections have left at the port', async () => {
    const first = listenPaused();
    const client = await visit(first);
    for (const { fd } of acceptAll(first)) closeSync(fd); // Who closes first keeps the port, in TIME_WAIT.
    client.end();
    await once(client.resume(), 'close');
    first.close();
    const again = TcpListener.listen({ host: '::', port: first.port }, ignore);
    assert.equal(again.port, first.port);
    again.close();
  });

  test("at '::' takes both families, at '0.0.0.0' only IPv4", { skip: needs('ipv6') }, async () => {
    const both = listenPaused();
    for (const way of [LOOPBACK_4, LOOPBACK_6]) (await visit(both, way)).destroy();
    assert.equal(acceptAll(both).map(({ fd }) => closeSync(fd)).length, 2);
    both.close();
    const one = TcpListener.listen({ host: '0.0.0.0', port: 0 }, ignore);
    await assert.rejects(visit(one, LOOPBACK_6), { code: 'ECONNREFUSED' });
    one.close();
  });

  test('lets as many wait as it was told, or as the system allows', { skip: needs('ss') }, () => {
    const somaxconn = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
    for (const [backlog, expected] of [
      [undefined, somaxconn],
      [0x7fff_ffff, somaxconn],
      [5, 5],
      [0, 0],
    ] as const) {
      const place = { host: '127.0.0.5', port: 0 };
      const listener = TcpListener.listen(backlog === undefined ? place : { ...place, backlog }, ignore);
      const { stdout } = spawnSync('ss', ['-Hltn', `sport = :${listener.port}`], { encoding: 'utf8' });
      assert.equal(Number(stdout.trim().split(/\s+/)[2]), expected, stdout);
      listener.close();
    }
  });

  test('takes numeric addresses of this host, ports, and a function', () => {
    type Options = Parameters<typeof TcpListener.listen>[0];
    const listen =
      (options: unknown, onReadable: unknown = ignore) =>
      () =>
        TcpListener.listen(options as Options, onReadable as () => void);
    for (const host of ['localhost', '', '127.1', '127.0.0.5 ', '1:2', 'fe80::1%lo', '[::1]']) {
      throwsRange(listen({ host, port: 0 }), `host: expected a numeric IPv4 or IPv6 address, got '${host}'`);
    }
    throwsBpfError(listen({ host: '192.0.2.1', port: 0 }), 'EADDRNOTAVAIL', 'bind');
    throwsRange(listen({ host: '::', port: 65_536 }), 'port: expected an integer from 0 to 65535, got 65536');
    throwsRange(listen({ host: '::', port: 1.5 }), /^port: expected an integer/);
    throwsRange(
      listen({ host: '::', port: 0, backlog: -1 }),
      /^backlog: expected an integer from 0 to 2147483647/,
    );
    throwsType(listen(undefined), 'options must be an object');
    throwsType(listen({ port: 0 }), 'host must be a string');
    throwsType(listen({ host: '::', port: '0' }), 'port must be a number');
    throwsType(listen({ host: '::', port: 0, backlog: null }), 'backlog must be a number');
    throwsType(listen({ host: '::', port: 0 }, 'f'), 'onReadable must be a function');
    const Constructor = TcpListener as unknown as new () => unknown;
    throwsType(() => new Constructor(), 'TcpListener has no public constructor');
  });
});
