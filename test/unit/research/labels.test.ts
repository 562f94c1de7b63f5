import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicy } from '../../../src/config/load.ts';
import { ConfirmedNames, type NameServer } from '../../../src/research/confirmed-names.ts';
import { knownScanners } from '../../../src/research/known-scanners.ts';
import { Labels } from '../../../src/research/labels.ts';
import { formatPrefix, maskPrefix, parsePrefix } from '../../../src/values/prefix.ts';
import { waitUntil } from '../../support/wait-until.ts';

const labelsOf = (yaml: string, names?: ConfirmedNames) =>
  new Labels(parsePolicy(yaml, 'x.yaml').research.scanners, names);
const ask = (labels: Labels, address: string) => labels.of(parsePrefix(address)!, address);

describe('by network', () => {
  test('those who publish from where they scan', () => {
    const labels = labelsOf('');
    assert.deepEqual(
      ['162.142.125.7', '71.6.146.185', '184.105.139.70', '2620:96:e000::17', '198.51.100.1'].map((address) =>
        ask(labels, address),
      ),
      ['Censys', 'Shodan', 'Shadowserver', 'Censys', undefined],
    );
  });

  test('an IPv6 source by the address that sent the packet, whose network may be narrower', () => {
    const address = '2602:80d:1003::1';
    const source = maskPrefix(parsePrefix(address)!, 64);
    assert.equal(labelsOf('').of(source, address), 'Censys');
    assert.equal(labelsOf('').of(source, '2602:80d:1003::1:0:1'), undefined);
  });

  test('own ones come first', () => {
    const own = 'research: { own: [{ name: Our auditors, networks: [198.51.100.0/24, 162.142.125.0/24] }] }';
    const labels = labelsOf(own);
    assert.deepEqual(
      ['198.51.100.9', '162.142.125.9', '167.94.138.9'].map((address) => ask(labels, address)),
      ['Our auditors', 'Our auditors', 'Censys'],
    );
  });

  test('without those who publish it', () => {
    assert.equal(ask(labelsOf('research: { known: false }'), '162.142.125.7'), undefined);
  });

  test('the table has networks as they are written, each once', () => {
    const networks = knownScanners.flatMap((scanner) => scanner.networks);
    assert.deepEqual(
      networks.map((text) => formatPrefix(parsePrefix(text)!)),
      networks,
    );
    assert.equal(new Set(networks).size, networks.length);
  });
});

/** A name server that knows what it is told. */
function nameServer(reverse: Record<string, string[]>, forward: Record<string, string[]>) {
  const asked: string[] = [];
  const known = (table: Record<string, string[]>, key: string) =>
    key in table ? Promise.resolve(table[key]!) : Promise.reject(new Error('ENOTFOUND'));
  const server = {
    reverse: (address: string) => {
      asked.push(address);
      return known(reverse, address);
    },
    resolve4: (name: string) => known(forward, name),
    resolve6: (name: string) => known(forward, name),
    cancel: () => undefined,
  } as unknown as NameServer;
  return { server, asked };
}

describe('by name', () => {
  test('that is in a domain of theirs and leads back, once it is known; nobody waits for it', async () => {
    const { server, asked } = nameServer(
      { '198.51.100.7': ['Scan-1.Shadowserver.org'], '2001:db8::7': ['a.shodan.io'] },
      { 'Scan-1.Shadowserver.org': ['198.51.100.7'], 'a.shodan.io': ['2001:db8:0::7'] },
    );
    const labels = labelsOf('', new ConfirmedNames({ resolver: server }));
    assert.equal(ask(labels, '198.51.100.7'), undefined);
    await waitUntil(() => ask(labels, '198.51.100.7') === 'Shadowserver');
    await waitUntil(() => ask(labels, '2001:db8::7') === 'Shodan');
    assert.deepEqual(asked, ['198.51.100.7', '2001:db8::7'], 'each is looked up once');
  });

  for (const [says, names, forward] of [
    ['leads elsewhere', ['scan.shodan.io'], { 'scan.shodan.io': ['192.0.2.1'] }],
    ['leads nowhere', ['scan.shodan.io'], {}],
    ['only ends like a domain of theirs', ['evil-shodan.io'], { 'evil-shodan.io': ['198.51.100.7'] }],
    ['is of somebody else', ['host.example.net'], { 'host.example.net': ['198.51.100.7'] }],
  ] as const)
    test(`not by one that ${says}`, async () => {
      const { server, asked } = nameServer(
        { '198.51.100.7': [...names], '198.51.100.8': ['b.shodan.io'] },
        {
          ...(forward as Record<string, string[]>),
          'b.shodan.io': ['198.51.100.8'],
        },
      );
      const labels = labelsOf('', new ConfirmedNames({ resolver: server }));
      ask(labels, '198.51.100.7');
      await waitUntil(() => ask(labels, '198.51.100.8') === 'Shodan'); // asked later, so the first is done
      assert.equal(ask(labels, '198.51.100.7'), undefined);
      assert.equal(asked.filter((address) => address === '198.51.100.7').length, 1);
    });

  test('more addresses than may be asked for at once are counted', () => {
    const silent = {
      reverse: () => new Promise(() => undefined),
      cancel: () => undefined,
    } as unknown as NameServer;
    const names = new ConfirmedNames({ resolver: silent });
    const labels = labelsOf('', names);
    for (let number = 0; number < 20; number++) ask(labels, `198.51.100.${number}`);
    assert.equal(names.refused, 4);
  });
});
