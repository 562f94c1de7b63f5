import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeCare, prefix } from './make-care.ts';

describe('care', () => {
  test('ends what has expired within a quarter of a second', async (t) => {
    const { pass, block, mark, ended } = makeCare(t);
    block('198.51.100.66', 500);
    mark('198.51.100.67', 500);
    await pass(250);
    assert.deepEqual(ended, []);
    await pass(250);
    assert.deepEqual(ended, ['198.51.100.66 expired', '198.51.100.67 expired']);
  });

  test('tells the data plane what is this host’s own, each second', async (t) => {
    const { pass, looks, dataPlane } = makeCare(t);
    let taken = 0;
    looks.lookAtHost = () => {
      taken++;
      return [];
    };
    await pass(999);
    assert.deepEqual(dataPlane.told, []);
    await pass(1);
    await pass(1000);
    assert.deepEqual(dataPlane.told, ['own 198.51.100.1', 'own 198.51.100.1']);
    assert.equal(taken, 2);
  });

  test('hands on ignore files that have changed, and what is wrong with them', async (t) => {
    const { pass, looks, dataPlane, warnings } = makeCare(t);
    looks.ignored = [prefix('192.0.2.0/24')];
    looks.lookAtFiles = () => ['line 3 is no address'];
    await pass(1000);
    looks.lookAtFiles = () => undefined;
    await pass(1000);
    const ignored = dataPlane.told.filter((text) => text.startsWith('ignored'));
    assert.deepEqual(ignored, ['ignored 192.0.2.0/24']);
    assert.deepEqual(warnings, ['line 3 is no address']);
  });

  test('lets in again who was taken out of a blocked file, as the source that was answered', async (t) => {
    const { pass, block, mark, looks, ended, blocks, marks, warnings } = makeCare(t);
    for (const source of ['198.51.100.66', '2001:db8:1:2::/64', 'fe80::66', '203.0.113.1']) block(source);
    for (const source of ['198.51.100.67', '203.0.113.2']) mark(source);
    looks.removedByHand = async () => [
      ...['198.51.100.66', '198.51.100.67', '2001:db8:1:2::66', 'fe80::66', '192.0.2.9'].map(
        (address) => ({ address, protocols: ['tcp'] }) as const,
      ),
      ...['203.0.113.1', '203.0.113.2'].map((address) => ({ address, protocols: ['udp'] }) as const),
    ];
    await pass(1000);
    assert.deepEqual(ended, [
      '198.51.100.66 lifted',
      '198.51.100.67 lifted',
      '2001:db8:1:2::/64 lifted',
      'fe80::66 lifted',
    ]);
    const left = [...blocks, ...marks].map(({ source }) => source);
    assert.deepEqual(left, ['203.0.113.1', '203.0.113.2'], 'answered for the other protocol');
    assert.deepEqual(warnings, []);
  });

  test('lets in again who has come to be ignored', async (t) => {
    const { pass, block, mark, looks, ended } = makeCare(t);
    for (const source of ['198.51.100.66', '203.0.113.1']) block(source);
    for (const source of ['198.51.100.67', '203.0.113.2']) mark(source);
    looks.ignores = (address) => address.startsWith('198.51.100.');
    await pass(1000);
    assert.deepEqual(ended, [], 'it does not look while the files are as they were');
    looks.lookAtFiles = () => [];
    await pass(1000);
    assert.deepEqual(ended.sort(), ['198.51.100.66 lifted', '198.51.100.67 lifted']);
  });

  test('survives what fails, tells of it, and goes on with the rest', async (t) => {
    const { pass, block, looks, dataPlane, ended, warnings } = makeCare(t);
    const fail = (what: string) => () => {
      throw new Error(`${what} fails`);
    };
    [looks.lookAtHost, looks.lookAtFiles] = [fail('host'), fail('files')];
    dataPlane.losses = fail('losses');
    looks.removedByHand = async () => fail('records')();
    await pass(1000);
    assert.deepEqual(warnings.sort(), [
      'blocks whose events were lost: losses fails',
      'the addresses of this host: host fails',
      'the blocked files: records fails',
      'the ignore files: files fails',
    ]);
    block('198.51.100.66', 250);
    await pass(1000);
    assert.deepEqual(ended, ['198.51.100.66 expired']);
    assert.equal(warnings.length, 4, 'once');
    looks.lookAtHost = () => [];
    await pass(1000);
    looks.lookAtHost = fail('host');
    await pass(1000);
    assert.deepEqual(
      warnings.slice(4),
      ['the addresses of this host: host fails'],
      'and again after it had gone well',
    );
  });

  test('tells the kernel of the addresses of this host also when some could not be read, and says which', async (t) => {
    const { pass, looks, dataPlane, warnings } = makeCare(t);
    looks.lookAtHost = () => ['its gateways cannot be read'];
    await pass(1000);
    await pass(1000);
    assert.deepEqual(dataPlane.told, ['own 198.51.100.1', 'own 198.51.100.1']);
    assert.deepEqual(warnings, ['the addresses of this host: its gateways cannot be read']);
  });

  test('finds blocks of the kernel whose events were lost, and what is left to know of them', async (t) => {
    const { pass, dataPlane, blocks } = makeCare(t);
    for (const source of ['198.51.100.66', '2001:db8::/64']) {
      dataPlane.blockInstantly(prefix(source), 0, Number.MAX_SAFE_INTEGER);
    }
    await pass(1000);
    assert.deepEqual([...blocks], [], 'it does not look while nothing was lost');
    dataPlane.losses = () => [{ reason: 'ring_full', count: 1 }];
    await pass(1000);
    assert.deepEqual(
      [...blocks].map(({ source, reason, evidence }) => [source, reason, evidence?.address]),
      [
        ['198.51.100.66', 'scan: its event was lost', '198.51.100.66'],
        ['2001:db8::/64', 'scan: its event was lost', undefined],
      ],
    );
  });

  test('ends when it is stopped', async (t) => {
    const { pass, stop, block, looks, dataPlane, ended, warnings } = makeCare(t);
    block('198.51.100.66', 250);
    looks.lookAtInterfaces = () => assert.fail('looked');
    stop();
    await pass(5000);
    assert.deepEqual([ended, warnings, dataPlane.told], [[], [], []]);
  });
});
