import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ToolAnswer } from '../../../src/served/ask-tool.ts';
import { altogether, readForwarded } from '../../../src/served/forwarded.ts';
import { portTexts } from '../../../src/served/words.ts';
import { own, printed } from './rules.ts';

const EMPTY = '{"nftables": []}';
const RULESET = 'nft -j -t list ruleset';
const router = {
  [RULESET]: printed('router.nft-json'),
  ...Object.fromEntries(
    ['web', 'plan', 'nodeports', 'dyn'].map((name) => [
      `nft -j list ${name === 'web' ? 'set' : 'map'} inet router ${name}`,
      printed(`router-${name}.nft-json`),
    ]),
  ),
};

/** A machine with these answers; an Error is a refusal, and of all else there is no such program. */
async function ask(answers: Record<string, string | Error>, legacy: (family: string) => string[] = () => []) {
  const asked: string[] = [];
  const tool = async (program: string, args: readonly string[]): Promise<ToolAnswer> => {
    const line = [program, ...args].join(' ');
    asked.push(line);
    const answer = answers[line];
    if (answer instanceof Error) return { failure: `${program}: ${answer.message}`, isAbsent: false };
    return answer === undefined ? { failure: `there is no ${program}`, isAbsent: true } : { text: answer };
  };
  const { found, unanswered, failures } = await readForwarded(own, { ask: tool, legacyTables: legacy });
  const { ports, unread } = altogether(found.values());
  return { asked, tcp: portTexts(ports).tcp, unread: [...unread], unanswered, failures };
}

describe('what a host forwards', () => {
  test('without rules one question is enough', async () => {
    assert.deepEqual(await ask({ [RULESET]: EMPTY }), {
      asked: [RULESET],
      tcp: '',
      unread: [],
      unanswered: [],
      failures: [],
    });
  });

  test('named sets are asked for', async () => {
    const { tcp, failures } = await ask(router);
    assert.match(tcp, /2222-2223.*9000-9010,9443,30081/);
    assert.deepEqual(failures, []);
  });

  test('a set that cannot be asked for is a failure', async () => {
    const { failures } = await ask({
      ...router,
      'nft -j list set inet router web': new Error('no such set'),
    });
    assert.deepEqual(failures, ['nft: its answer cannot be read: nft: no such set']);
  });

  test('tables of iptables are asked for by its own tools', async () => {
    const { asked, tcp, failures } = await ask({
      [RULESET]: printed('docker-kubernetes.nft-json'),
      'iptables-nft-save -t nat': printed('docker-kubernetes.iptables-save'),
      'ip6tables-nft-save -t nat': printed('docker6.ip6tables-save'),
    });
    assert.equal(tcp, '110,143,8000-8002,8080,8443,30080');
    assert.deepEqual(failures, []);
    assert.equal(asked.length, 3);
  });

  test('where there is no nft, iptables alone', async () => {
    const { tcp, failures } = await ask({
      'iptables-nft-save -t nat': printed('docker-kubernetes.iptables-save'),
      'ip6tables-nft-save -t nat': '',
    });
    assert.equal(tcp, '110,143,8000-8002,8080,30080');
    assert.deepEqual(failures, []);
  });

  test('where there is neither, it says so', async () => {
    const { failures, unanswered } = await ask({});
    assert.deepEqual(unanswered, ['nft']);
    assert.deepEqual(failures, ['there is no nft, and no iptables-nft-save']);
  });

  test('iptables-legacy alone is enough', async () => {
    const { tcp, unanswered, failures } = await ask(
      { 'iptables-legacy-save -t nat': printed('docker-kubernetes.iptables-save') },
      () => ['nat'],
    );
    assert.equal(tcp, '110,143,8000-8002,8080,30080');
    assert.deepEqual(
      [unanswered, failures],
      [['ip6tables-legacy-save'], ['there is no ip6tables-save']],
      'of IPv6 there is a table, and nobody to ask',
    );
    const ofOne = await ask({ 'iptables-legacy-save -t nat': '' }, (family) =>
      family === 'ip' ? ['nat'] : [],
    );
    assert.deepEqual([ofOne.unanswered, ofOne.failures], [[], []]);
  });

  test('what one tool does not tell leaves what another one has told', async () => {
    const { tcp, unanswered, failures } = await ask(
      {
        [RULESET]: printed('docker-kubernetes.nft-json'),
        'iptables-nft-save -t nat': printed('docker-kubernetes.iptables-save'),
        'iptables-legacy-save -t nat': new Error('Operation not permitted'),
      },
      (family) => (family === 'ip' ? ['nat'] : []),
    );
    assert.equal(tcp, '110,143,8000-8002,8080,30080');
    assert.deepEqual(unanswered, ['iptables-legacy-save', 'ip6tables-nft-save']);
    assert.deepEqual(failures, [
      'iptables-legacy-save: Operation not permitted',
      'there is no ip6tables-nft-save',
    ]);
  });

  test('who may not ask nft is told why', async () => {
    const refused = new Error('Operation not permitted (you must be root)');
    const { asked, unanswered, failures } = await ask({ [RULESET]: refused });
    // Only nft knows whether iptables is to be asked: that is open with it.
    assert.deepEqual(unanswered, ['nft', 'iptables-nft-save', 'ip6tables-nft-save']);
    assert.deepEqual(failures, ['nft: Operation not permitted (you must be root)']);
    assert.deepEqual(asked, [RULESET]);
  });

  test('what is no answer is a failure', async () => {
    const { failures } = await ask({ [RULESET]: 'segmentation fault' });
    assert.match(failures.join(), /^nft: its answer cannot be read: /);
  });

  test('iptables-legacy is asked only for tables that there are', async () => {
    const { asked, tcp } = await ask(
      { [RULESET]: EMPTY, 'iptables-save -t nat': printed('docker-kubernetes.iptables-save') },
      () => ['filter', 'nat'],
    );
    assert.equal(tcp, '110,143,8000-8002,8080,30080');
    assert.deepEqual(asked.slice(0, 3), [RULESET, 'iptables-legacy-save -t nat', 'iptables-save -t nat']);
    const without = await ask({ [RULESET]: EMPTY }, () => ['filter']);
    assert.deepEqual(without.asked, [RULESET]);
  });

  test('tables of iptables-legacy that may not be read are a failure', async () => {
    const { failures } = await ask({ [RULESET]: EMPTY }, () => {
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    });
    assert.deepEqual(
      failures,
      ['iptables', 'ip6tables'].map((name) => `the tables of ${name}-legacy: permission is denied (EACCES)`),
    );
  });
});
