/** What is said to somebody who connects: PORT_BANNER, to the byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses } from '../../scripts/lab/lab.ts';
import { CONFIG, candidates, PortsentryHost, protocols } from '../../scripts/lab/portsentry.ts';
import { needs } from '../support/capability.ts';
import { configOf, DEFAULTS } from './portsentry/case.ts';

const CONNECT = new URL('../../scripts/lab/connect.ts', import.meta.url).pathname;
const PORT_BANNER = '** UNAUTHORIZED ACCESS PROHIBITED *** YOUR CONNECTION ATTEMPT HAS BEEN LOGGED. GO AWAY.';
const { sentry: target, client } = addresses;

for (const candidate of candidates) {
  const skip = needs('root', 'bpf', 'netns', ...(candidate === 'classic' ? (['portsentry'] as const) : []));
  test(`${candidate}: the banner at a TCP and a UDP port`, { skip }, async () => {
    await using host = await PortsentryHost.create(candidate, {
      [CONFIG]: configOf({ ...DEFAULTS, PORT_BANNER }),
    });
    await host.start(['tcp', 'udp']);
    for (const protocol of protocols) {
      const args = [CONNECT, protocol, client.ipv4, target.ipv4, '1'];
      const { stdout } = await host.lab.scanner.execute(process.execPath, args);
      assert.equal(stdout, PORT_BANNER, protocol);
    }
  });
}
