/**
 * More probes than a log can take. PortSentry loses them and does not say so. Here a line says how many are missing:
 *
 * - exact: probes as `status` counts them, and lines about probes and the sums together, one for one. That holds where each
 *   probe triggers (SCAN_TRIGGER 0 or 1) and nothing else is logged meanwhile that could be held back, too.
 * - not exact: which probes have a line of their own, how many there are of them (the budgets are by the second), and, with a
 *   higher SCAN_TRIGGER, the sum: it has those below the trigger in it, which would not have had a line.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { request, scan, start, stop } from '../../../scripts/lab/drop-in.ts';
import { addresses } from '../../../scripts/lab/lab.ts';
import { CONFIG, HISTORY, PortsentryHost } from '../../../scripts/lab/portsentry.ts';
import { needs } from '../../support/capability.ts';
import { configOf, DEFAULTS } from '../portsentry/case.ts';

const skip = needs('root', 'bpf', 'netns', 'nmap');
const PROBES = 20_000;
/** A tenth of a line for each probe: two seconds' worth, and nmap needs less. */
const MANY_LINES = 2_000;
const ANSWER_MS = 1_000;
const CONF = configOf({
  ...DEFAULTS,
  BLOCK_TCP: '0',
  ADVANCED_PORTS_TCP: String(PROBES + 1),
  ADVANCED_EXCLUDE_TCP: undefined,
});
const { ipv4 } = addresses.scanner;
const ABOUT_A_PROBE = new RegExp(
  `^attackalert: TCP SYN/Normal scan from host: ${ipv4}/${ipv4} to TCP port: \\d+$`,
);
const SUM = /^adminalert: (\d+) more lines within \d+ s were held back; the metrics count everything$/;

describe('a flood', { skip }, () => {
  test('20,000 SYNs of one source: few lines and a sum, and the sentry answers meanwhile', async () => {
    await using host = await PortsentryHost.create('ours', { [CONFIG]: CONF });
    const running = await start(host, 'portsentry', '-atcp');

    let isOver = false;
    const flood = scan(host, `-sS --min-rate ${PROBES} -p 1-${PROBES}`).finally(() => {
      isOver = true;
    });
    let [answers, longestMs] = [0, 0];
    while (!isOver) {
      const askedMs = performance.now();
      await request(host, 'status');
      longestMs = Math.max(longestMs, performance.now() - askedMs);
      answers++;
    }
    await flood;
    assert.ok(answers > 2 && longestMs < ANSWER_MS, `${answers} answers, the latest after ${longestMs} ms`);

    const { probes, blocks } = await request(host, 'status');
    assert.equal(blocks, 0);
    const counted = probes.reduce((sum, each) => sum + each.probes, 0);
    assert.ok(counted >= PROBES, `${counted} probes`);
    await host.waitFor('the sum', () => host.lines().some((line) => SUM.test(line)));
    await stop(host, running);
    const lines = host.lines().filter((line) => ABOUT_A_PROBE.test(line)).length;
    const held = host.lines().reduce((sum, line) => sum + Number(SUM.exec(line)?.[1] ?? 0), 0);
    assert.ok(lines > 0 && lines < MANY_LINES, `${lines} lines`);
    assert.equal(lines + held, counted);
    assert.match(
      host.read(HISTORY),
      new RegExp(`^\\d+ - .* Host: ${ipv4}/${ipv4} Port: \\d+ TCP Blocked\\n$`),
    );
  });
});
