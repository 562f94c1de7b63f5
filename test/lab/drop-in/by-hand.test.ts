/** What the tutorials do to let somebody in again: take him out of the blocked file. No restart is needed for it here. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { describe, test } from 'node:test';
import { request, scan, start } from '../../../scripts/lab/drop-in.ts';
import { addresses } from '../../../scripts/lab/lab.ts';
import { BLOCKED, CONFIG, HISTORY, HOSTS_DENY, PortsentryHost } from '../../../scripts/lab/portsentry.ts';
import { needs } from '../../support/capability.ts';
import { configOf, DEFAULTS } from '../portsentry/case.ts';

const skip = needs('root', 'bpf', 'netns', 'nmap');
const { scanner, client } = addresses;
const THIRD = '198.51.100.21';
const BLOCKED_TCP = `${BLOCKED}.atcp`;
const FEW_SECONDS_MS = 4_000;
const CONF = configOf({
  ...DEFAULTS,
  BLOCK_TCP: '1',
  KILL_ROUTE: undefined,
  KILL_RUN_CMD: undefined,
});

/** By hand: what each does to the file, and who is let in by it. */
const hands = [
  {
    says: 'sed -i deletes a line',
    does: (host: PortsentryHost) => host.root.execute('sed', ['-i', `/${scanner.ipv4}/d`, BLOCKED_TCP]),
    frees: scanner.ipv4,
  },
  {
    says: 'an editor writes the file anew',
    does: (host: PortsentryHost) => {
      const lines = host.read(BLOCKED_TCP).split('\n');
      host.write(BLOCKED_TCP, lines.filter((line) => !line.includes(client.ipv4)).join('\n'));
    },
    frees: client.ipv4,
  },
  {
    says: 'rm',
    does: (host: PortsentryHost) => rmSync(host.root.path(BLOCKED_TCP)),
    frees: THIRD,
  },
];

describe('taken out of the blocked file', { skip }, () => {
  test('they are let in, each with his hand, and nobody else', async () => {
    await using host = await PortsentryHost.create('ours', { [CONFIG]: CONF });
    await start(host, 'portsentry', '-atcp');
    await host.lab.scanner.execute('ip', [
      'address',
      'add',
      `${THIRD}/24`,
      'dev',
      host.lab.scanner.interface,
    ]);
    const out = hands.map(({ frees }) => frees);
    for (const address of out) await scan(host, '-sS -p 7', address);
    await host.waitFor('the entries', () =>
      out.every((address) => host.read(BLOCKED_TCP).includes(`/${address} `)),
    );
    await host.waitFor('the lines', () =>
      out.every((address) => host.read(HOSTS_DENY).includes(` ${address} `)),
    );

    const history = host.read(HISTORY);
    for (const { says, does, frees } of hands) {
      const doneMs = performance.now();
      await does(host);
      await host.waitFor(`the news of ${frees}`, () => host.lines().includes(lifted(frees)));
      assert.ok(performance.now() - doneMs < FEW_SECONDS_MS, says);
      assert.equal(await scan(host, '-sS -p 60000', frees), 1, says);
      await host.waitFor('its line to go', () => !host.read(HOSTS_DENY).includes(frees));
      out.shift();
      const blocks = await request(host, 'blocks');
      assert.deepEqual(
        blocks.map(({ source }) => source),
        out,
        says,
      );
      for (const address of out)
        assert.equal(await scan(host, '-sS -p 60000', address), 0, `${address} after ${says}`);
    }
    assert.equal(host.read(HISTORY), history);
  });
});

const lifted = (address: string) => `adminalert: Host ${address} is no longer blocked (lifted).`;
