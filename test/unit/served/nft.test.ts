import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { elementsIn, forwardedByNft, labelOf, readRuleset } from '../../../src/served/nft.ts';
import { portTexts } from '../../../src/served/words.ts';
import { own, printed } from './rules.ts';

const setsOf = (...names: string[]) =>
  new Map(names.map((name) => [`inet router ${name}`, elementsIn(printed(`router-${name}.nft-json`))]));

const read = async (text: string, elements: Parameters<typeof forwardedByNft>[1], addresses = own) =>
  await forwardedByNft(await readRuleset(text), elements, addresses);

describe('ports that nftables forwards', () => {
  const router = printed('router.nft-json');

  test('elements of named sets are asked for as far as they matter', async () => {
    const { missing } = await read(router, new Map());
    assert.deepEqual(
      missing.map(labelOf).sort(),
      ['dyn', 'nodeports', 'plan', 'web'].map((name) => `inet router ${name}`),
    );
    assert.deepEqual(missing.map(({ kind }) => kind).sort(), ['map', 'map', 'map', 'set']);
  });

  test('sets, ranges, maps, verdict maps, chains that are called; not what is for loopback or for another address', async () => {
    const { findings, missing, ofIptables } = await read(
      router,
      setsOf('web', 'plan', 'nodeports', 'dyn'),
      own,
    );
    assert.deepEqual([missing, [...ofIptables]], [[], []]);
    assert.deepEqual(portTexts(findings.ports), {
      tcp: '80,99,443,2222-2223,4000,6000,7000,8000-8010,8443-8444,9000-9010,9443,30081',
      udp: '53,6000,30053',
      sctp: '3868',
    });
    // 198.51.100.0/24 to all ports but one; the address that is this host's own is not the one of handle 26.
    assert.deepEqual(findings.unread, ['nft table inet router, chain pre, handle 25']);
  });

  describe('of nearly all ports', () => {
    const chain = { family: 'ip', table: 't', name: 'pre', type: 'nat', hook: 'prerouting' };
    const wide = {
      match: {
        op: '==',
        left: { payload: { protocol: 'tcp', field: 'dport' } },
        right: { range: [1, 65_535] },
      },
    };
    const only = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });
    const readRule = async (...expr: unknown[]) => {
      const rule = { family: 'ip', table: 't', chain: 'pre', handle: 4, expr };
      const { findings } = await read(JSON.stringify({ nftables: [{ chain }, { rule }] }), new Map());
      return [portTexts(findings.ports).tcp, findings.unread];
    };
    const lan = only({ meta: { key: 'iifname' } }, 'lan0');
    const source = only({ payload: { protocol: 'ip', field: 'saddr' } }, '10.0.0.1');
    const elsewhere = only({ payload: { protocol: 'ip', field: 'daddr' } }, '10.0.0.1', '!=');
    const concat = only(
      { concat: [{ meta: { key: 'iifname' } }, { meta: { key: 'l4proto' } }] },
      { set: [{ concat: ['lan0', 'tcp'] }] },
    );
    const local = only({ fib: { result: 'type', flags: ['daddr'] } }, 'local');

    for (const [says, condition] of Object.entries({ lan, source, elsewhere, concat })) {
      test(`for some packets nobody can tell: ${says}`, async () =>
        assert.deepEqual(await readRule(condition, wide, { redirect: { port: 3128 } }), [
          '',
          ['nft table ip t, chain pre, handle 4'],
        ]));
    }

    test('for whoever comes they are taken', async () =>
      assert.deepEqual(await readRule(local, wide, { dnat: { addr: '10.0.0.1' } }), ['1-65535', []]));
  });

  test('of another host the rules are others', async () => {
    const { findings } = await read(router, setsOf('web', 'plan', 'nodeports', 'dyn'), []);
    assert.equal(findings.ports.tcp.has(99), false);
    assert.deepEqual(findings.unread, []);
  });

  test('tables of iptables are left to iptables-save', async () => {
    const { findings, ofIptables } = await read(printed('docker-kubernetes.nft-json'), new Map());
    assert.deepEqual([...ofIptables].sort(), ['ip', 'ip6']);
    assert.deepEqual([portTexts(findings.ports).tcp, findings.unread], ['', []]);
  });

  test('an answer that is no JSON is an error', async () => {
    await assert.rejects(readRuleset('{'), SyntaxError);
    assert.throws(() => elementsIn(''), SyntaxError);
  });

  test('whatever it is told, it answers', async () => {
    const known = fc.constantFrom(
      'match',
      'vmap',
      'dnat',
      'addr',
      'map',
      'key',
      'data',
      'left',
      'right',
      'op',
      'payload',
      'protocol',
      'tcp',
      'dport',
      'field',
      'concat',
      'set',
      'jump',
      'target',
      'pre',
      '@web',
      'elem',
      'val',
      'range',
    );
    const leaf = fc.oneof(known, fc.integer(), fc.constant(null), fc.string());
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'medium' },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(known, tie('tree'), { maxKeys: 3 }),
      ),
    }));
    const chain = { family: 'ip', table: 't', name: 'pre', type: 'nat', hook: 'prerouting' };
    await fc.assert(
      fc.asyncProperty(fc.array(tree!), fc.array(tree!), async (expr, elements) => {
        const rule = { family: 'ip', table: 't', chain: 'pre', handle: 1, expr };
        const set = { family: 'ip', table: 't', name: 'web' };
        const text = JSON.stringify({ nftables: [{ chain }, { set }, { rule }] });
        await read(text, new Map([['ip t web', elements]]));
      }),
    );
  });
});
