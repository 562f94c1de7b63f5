/** Blocks outlive the sentry, which they never did with PortSentry: its files say who is blocked, and are kept. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { request, scan, signal, start, stop, until } from '../../../scripts/lab/drop-in.ts';
import { addresses } from '../../../scripts/lab/lab.ts';
import { BLOCKED, COMMANDS, CONFIG, HISTORY, PortsentryHost } from '../../../scripts/lab/portsentry.ts';
import type { Status } from '../../../src/control/protocol.ts';
import { needs } from '../../support/capability.ts';
import { configOf, DEFAULTS } from '../portsentry/case.ts';

const skip = needs('root', 'bpf', 'netns', 'nmap');
const PESTER = new URL('../../../scripts/lab/pester.ts', import.meta.url).pathname;
const { scanner, client, sentry: server } = addresses;
const BLOCKED_UDP = `${BLOCKED}.audp`;
const HOUR_S = 3600;
const CONF = configOf({
  ...DEFAULTS,
  BLOCK_UDP: '1',
  BLOCK_TIME: '1h',
  KILL_ROUTE: undefined,
  KILL_RUN_CMD: `echo $TARGET$ >>${COMMANDS}`,
});

const ABOUT_A_SCAN = /^attackalert: (UDP scan|External command|Host: )/;

/** A line of both files; the date in words counts for nobody. */
const entry = (address: string, seconds: number) =>
  `${seconds} - 11/21/2026 20:28:29 Host: ${address}/${address} Port: 11 UDP Blocked\n`;

describe('a restart', { skip }, () => {
  for (const how of ['SIGTERM', 'SIGKILL', 'another start'] as const) {
    test(`${how}: who is blocked is out from the first packet on, and nothing is done twice`, async () => {
      const nowS = Math.floor(Date.now() / 1000);
      const standing = entry('203.0.113.7', nowS - 60);
      const over = entry(client.ipv4, nowS - 2 * HOUR_S);
      const older = entry('203.0.113.8', 1_053_700_000);
      const files = { [CONFIG]: CONF, [BLOCKED_UDP]: standing + over, [HISTORY]: older };
      await using host = await PortsentryHost.create('ours', files);

      const first = await start(host, 'portsentry', '-audp');
      host.lab.scanner.spawn(process.execPath, [PESTER, scanner.ipv4, server.ipv4, '7']); // as long as the lab is there
      await host.waitFor('the command', () => host.read(COMMANDS) !== '');
      const entries = [BLOCKED_UDP, HISTORY];
      const isRecorded = (path: string) => host.read(path).endsWith(`/${scanner.ipv4} Port: 7 UDP Blocked\n`);
      await host.waitFor('the entries', () => entries.every(isRecorded));
      const before = entries.map((path) => host.read(path));
      assert.ok(before[0]!.startsWith(standing), 'what the file held stays');
      assert.ok(!before[0]!.includes(client.ipv4), 'but for what is over');
      assert.ok(before[1]!.startsWith(older));

      const { probes: probesBefore } = await request(host, 'status');
      if (how !== 'another start') {
        signal(host, how);
        await host.waitFor('its end', () => first.hasEnded);
      }
      const said = host.lines().length;
      const second = await start(host, 'portsentry', '-audp');
      const { outcomes, probes, blocks } = await until(
        'drops',
        async () => await request(host, 'status'),
        droppedMany,
      );
      assert.deepEqual(probes, probesBefore, `not one got through: ${JSON.stringify(outcomes)}`);
      assert.ok(first.hasEnded);
      assert.equal(blocks, 2);
      assert.equal(await scan(host, '-sU -p 60000', client.ipv4), 1, 'whose time is over is let in');
      await stop(host, second); // whatever it would run or write has been run and written
      assert.deepEqual(
        entries.map((path) => host.read(path)),
        before,
      );
      assert.equal(host.read(COMMANDS), `${scanner.ipv4}\n`);
      assert.deepEqual(
        host
          .lines()
          .slice(said)
          .filter((line) => ABOUT_A_SCAN.test(line)),
        [],
      );
    });
  }
});

/** A tenth of a second of pestering. */
const droppedMany = ({ outcomes }: Status) =>
  outcomes.some(({ reason, packets }) => reason === 'blocked' && packets > 100);
