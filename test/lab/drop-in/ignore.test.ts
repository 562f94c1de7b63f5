/** The ignore file is followed while the sentry runs: PortSentry 1.2 reads it for every packet. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { describe, test } from 'node:test';
import { request, scan, start, until } from '../../../scripts/lab/drop-in.ts';
import { addresses } from '../../../scripts/lab/lab.ts';
import { CONFIG, IGNORE, PortsentryHost } from '../../../scripts/lab/portsentry.ts';
import { needs } from '../../support/capability.ts';
import { configOf, DEFAULTS, type Options } from '../portsentry/case.ts';

const skip = needs('root', 'bpf', 'netns', 'nmap');
const { scanner, client } = addresses;
const NOBODY = '127.0.0.1/32\n';
const SCANNER = `${NOBODY}198.51.100.64/30 # the scanner's\n`;

const hostWith = async (options: Options): Promise<PortsentryHost> =>
  await PortsentryHost.create('ours', { [CONFIG]: configOf({ ...DEFAULTS, ...options }), [IGNORE]: NOBODY });

/** Whether a probe of the scanner leads to a line. Lines keep their order, so the client's, which comes after, tells. */
async function isTold(host: PortsentryHost): Promise<boolean> {
  const before = host.lines().length;
  for (const from of [scanner.ipv4, client.ipv4]) await scan(host, '-sS -p 7', from);
  const fresh = (from: string) =>
    host
      .lines()
      .slice(before)
      .some((line) => line.includes(`from host: ${from}/`));
  await host.waitFor('the line of the client', () => fresh(client.ipv4));
  return fresh(scanner.ipv4);
}

describe('the ignore file, while the sentry runs', { skip, concurrency: true }, () => {
  test('who is added has no more lines, and has them again when he is taken out; no file is told of', async () => {
    await using host = await hostWith({ BLOCK_TCP: '0' });
    await start(host, 'portsentry', '-atcp');
    assert.equal(await isTold(host), true);

    host.write(IGNORE, SCANNER);
    await until(
      'no line of the scanner',
      () => isTold(host),
      (told) => !told,
    );
    host.write(IGNORE, NOBODY);
    await until(
      'lines of the scanner',
      () => isTold(host),
      (told) => told,
    );

    host.write(IGNORE, SCANNER);
    await until(
      'no line of the scanner',
      () => isTold(host),
      (told) => !told,
    );
    const before = host.lines().length;
    rmSync(host.root.path(IGNORE));
    await until(
      'lines of the scanner',
      () => isTold(host),
      (told) => told,
    );
    const told = host
      .lines()
      .slice(before)
      .filter((line) => line.startsWith('adminalert: '));
    assert.equal(told.length, 1, told.join('\n'));
    assert.match(
      told[0]!,
      /^adminalert: cannot read the ignore file .*\/portsentry\.ignore.*nobody is ignored for it$/,
    );
  });

  test('who is added is let in though he is blocked; taken out again, he is as good as new', async () => {
    await using host = await hostWith({ BLOCK_TCP: '1', KILL_ROUTE: undefined, KILL_HOSTS_DENY: undefined });
    await start(host, 'portsentry', '-atcp');
    const answers = async () => await scan(host, '-sS -p 60000');
    assert.equal(await scan(host, '-sS -p 7'), 1);
    assert.equal(await answers(), 0);
    host.write(IGNORE, SCANNER);
    await until('an answer', answers, (count) => count === 1);
    await until(
      'the end of the block',
      async () => await request(host, 'blocks'),
      ({ length }) => length === 0,
    );
    host.write(IGNORE, NOBODY);
    assert.equal(await answers(), 1);
    const probeAgain = async () => {
      await scan(host, '-sS -p 7');
      return await answers();
    };
    await until('silence', probeAgain, (count) => count === 0);
  });

  test('a file that is not there at the start is told of, and followed when it comes', async () => {
    await using host = await hostWith({ BLOCK_TCP: '0' });
    rmSync(host.root.path(IGNORE));
    await start(host, 'portsentry', '-atcp');
    assert.ok(host.lines().some((line) => line.includes(`cannot read the ignore file`)));
    assert.equal(await isTold(host), true);
    host.write(IGNORE, SCANNER);
    await until(
      'no line of the scanner',
      () => isTold(host),
      (told) => !told,
    );
  });
});
