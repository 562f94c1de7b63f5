import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { TcpListener } from 'bpf-loader-native';
import { needs } from './support/capability.ts';
import { throwsBpfError, throwsRange, throwsType } from './support/expect.ts';
import { acceptAll, LOOPBACK_4, LOOPBACK_6, makeListener, makePaused, visit } from './support/tcp.ts';

const listen = (options: unknown, onReadable: unknown = () => {}) =>
  TcpListener.listen(options as Parameters<typeof TcpListener.listen>[0], onReadable as () => void);

describe('listening', () => {
  test('where somebody listens is EADDRINUSE', () => {
    using first = makeListener();
    const { port } = first;
    const again = () => listen({ host: '127.0.0.5', port });
    const error = throwsBpfError(again, 'EADDRINUSE', 'bind');
    assert.equal(error.message, `EADDRINUSE: Address already in use, bind '127.0.0.5:${port}'`);
    first.close();
    again().close();
  });

  test('where somebody listens with IPv6, too', { skip: needs('ipv6') }, () => {
    using first = makeListener(undefined, '::');
    const { port } = first;
    const error = throwsBpfError(() => listen({ host: '::1', port }), 'EADDRINUSE', 'bind');
    assert.equal(error.message, `EADDRINUSE: Address already in use, bind '[::1]:${port}'`);
  });

  test('does not mind what earlier connections have left at the port', async () => {
    using first = makePaused();
    const client = await visit(first);
    for (const { fd } of acceptAll(first)) closeSync(fd); // Who closes first keeps the port, in TIME_WAIT.
    client.end();
    await once(client.resume(), 'close');
    first.close();
    const again = listen({ host: '0.0.0.0', port: first.port });
    assert.equal(again.port, first.port);
    again.close();
  });

  test("at '::' takes both families, at '0.0.0.0' only IPv4", { skip: needs('ipv6') }, async () => {
    using both = makePaused(undefined, '::');
    for (const way of [LOOPBACK_4, LOOPBACK_6]) (await visit(both, way)).destroy();
    const visitors = acceptAll(both);
    assert.equal(visitors.length, 2);
    for (const { fd } of visitors) closeSync(fd);
    using one = makePaused();
    await assert.rejects(visit(one, LOOPBACK_6), { code: 'ECONNREFUSED' });
  });

  const somaxconn = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  for (const { says, options, waiting } of [
    { says: 'as many as the system allows wait', options: {}, waiting: somaxconn },
    { says: 'and no more than that', options: { backlog: 0x7fff_ffff }, waiting: somaxconn },
    { says: 'or as many as it is told', options: { backlog: 5 }, waiting: 5 },
  ]) {
    test(says, { skip: needs('ss') }, () => {
      const listener = listen({ host: '127.0.0.5', port: 0, ...options });
      const { stdout } = spawnSync('ss', ['-Hltn', `sport = :${listener.port}`], { encoding: 'utf8' });
      listener.close();
      assert.equal(Number(stdout.trim().split(/\s+/)[2]), waiting, stdout);
    });
  }

  for (const host of ['localhost', '', '127.1', '127.0.0.5 ', '1:2', 'fe80::1%lo', '[::1]']) {
    test(`takes numeric addresses: '${host}' is none`, () =>
      throwsRange(
        () => listen({ host, port: 0 }),
        `host: expected a numeric IPv4 or IPv6 address, got '${host}'`,
      ));
  }

  test('takes addresses of this host', () => {
    throwsBpfError(() => listen({ host: '192.0.2.1', port: 0 }), 'EADDRNOTAVAIL', 'bind');
  });

  test('takes ports, a number that may wait, and a function', () => {
    const at = { host: '127.0.0.5', port: 0 };
    throwsRange(
      () => listen({ ...at, port: 65_536 }),
      'port: expected an integer from 0 to 65535, got 65536',
    );
    throwsRange(() => listen({ ...at, port: 1.5 }), /^port: expected an integer/);
    throwsRange(() => listen({ ...at, backlog: -1 }), /^backlog: expected an integer from 0 to 2147483647/);
    throwsType(() => listen({ ...at, backlog: null }), 'backlog must be a number');
    throwsType(() => listen({ ...at, port: '0' }), 'port must be a number');
    throwsType(() => listen({ port: 0 }), 'host must be a string');
    throwsType(() => listen(undefined), 'options must be an object');
    throwsType(() => listen(at, 'f'), 'onReadable must be a function');
    throwsType(() => new (TcpListener as unknown as new () => unknown)(), /^TcpListener has no public/);
  });
});
