/** Visitors who have gone before anybody has looked, as those of nmap -sT do: each is told of, with who it was. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { describe, test } from 'node:test';
import { waitUntil } from '../../support/wait-until.ts';
import { connectTo, freePort, listening } from './listening.ts';

const VISITS = 300;

/** All of 127.0.0.0/8 is this host's. */
const [ADDRESS, DESTINATION] = ['127.0.0.9', '127.0.0.5'];

/** What a visitor does when he is connected, before he goes. */
const manners = {
  'reset at once': 'socket.resetAndDestroy()',
  'speak and reset': 'socket.write("x", () => socket.resetAndDestroy())',
  'close at once': 'socket.destroy()',
} as const;

/** Has them all come and go in a process of their own, while this one does nothing but wait for it. */
function visit(port: number, manner: string): void {
  const script = `
    import { once } from 'node:events';
    import { connect } from 'node:net';
    for (let visit = 0; visit < ${VISITS}; visit++) {
      const socket = connect({ port: ${port}, host: '${DESTINATION}', localAddress: '${ADDRESS}' });
      await once(socket, 'connect');
      ${manner};
      await once(socket, 'close');
    }`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

const openSockets = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false; // the descriptor that read the directory
    }
  }).length;

describe('visitors who', () => {
  for (const [what, manner] of Object.entries(manners)) {
    for (const banner of [undefined, 'hello'.repeat(200)]) {
      test(`${what}, ${banner ? 'and are sent a banner' : 'without a banner'}`, async (t) => {
        const port = await freePort();
        const before = openSockets();
        const { contacts, warnings, close } = await listening(t, {
          tcp: [port],
          ...(banner ? { banner } : {}),
        });
        visit(port, manner);
        assert.equal(contacts.length, 0, 'they came and went unseen');
        const seen: number[] = [];
        await waitUntil(() => seen.push(contacts.length) > 0 && contacts.length >= VISITS);
        assert(
          seen.some((count) => count > 0 && count < VISITS),
          'in between there is time for other things',
        );
        const contact = { protocol: 'tcp', port, address: ADDRESS, destination: DESTINATION };
        assert.deepEqual(contacts, Array(VISITS).fill(contact));
        assert.equal((await connectTo(port).closed).error, undefined, 'the next one is received');
        assert.equal(contacts.length, VISITS + 1);
        assert.deepEqual(warnings, []);
        await close();
        assert.equal(openSockets(), before, 'nothing is left open');
      });
    }
  }
});
