import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { NameResolver } from '../../../../src/report/portsentry/names.ts';
import { waitUntil } from '../../../support/wait-until.ts';

type Answer = { resolve(names: string[]): void; reject(): void };

/** A resolver whose answers come when the test says so, and a clock that the test sets. */
function makeParts(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-names-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const hostsPath = join(directory, 'hosts');
  const asked: string[] = [];
  const answers = new Map<string, Answer>();
  const warnings: string[] = [];
  const clock = { nowMs: 0 };
  const resolver = {
    reverse: (address: string) => {
      asked.push(address);
      return new Promise<string[]>((resolve, reject) => {
        answers.set(address, { resolve, reject: () => reject(new Error('ESERVFAIL')) });
      });
    },
    cancel: () => {
      for (const answer of answers.values()) answer.reject();
    },
  };
  const warn = (message: string) => warnings.push(message);
  const names = new NameResolver({ hostsPath, resolver, warn, nowMs: () => clock.nowMs });
  /** Waits until DNS was asked, which comes after the hosts file was. */
  const answerTo = async (address: string): Promise<Answer> => {
    await waitUntil(() => answers.has(address));
    const answer = answers.get(address)!;
    answers.delete(address);
    return answer;
  };
  return { names, hostsPath, asked, answerTo, warnings, clock };
}

test('the first fit name of DNS, asked once for all who want it, and kept for ten minutes', async (t) => {
  const { names, asked, answerTo, clock } = makeParts(t);
  const both = Promise.all([names.lookup('192.0.2.1'), names.lookup('192.0.2.1')]);
  (await answerTo('192.0.2.1')).resolve(['198.51.100.1', 'a b', 'fit.example', 'other.example']);
  assert.deepEqual(await both, ['fit.example', 'fit.example']);
  clock.nowMs += 10 * 60_000 - 1;
  assert.equal(await names.lookup('192.0.2.1'), 'fit.example');
  assert.deepEqual(asked, ['192.0.2.1']);
  clock.nowMs += 1;
  const again = names.lookup('192.0.2.1');
  (await answerTo('192.0.2.1')).resolve(['new.example']);
  assert.equal(await again, 'new.example');
});

for (const [why, end] of [
  ['no name', (answer: Answer) => answer.resolve([])],
  ['no fit name', (answer: Answer) => answer.resolve(['a\nb'])],
  ['no answer', (answer: Answer) => answer.reject()],
] as const) {
  test(`${why}: the address itself, and not asked again for a minute`, async (t) => {
    const { names, asked, answerTo, clock } = makeParts(t);
    const name = names.lookup('2001:db8::1');
    end(await answerTo('2001:db8::1'));
    assert.equal(await name, '2001:db8::1');
    clock.nowMs += 60_000 - 1;
    assert.equal(await names.lookup('2001:db8::1'), '2001:db8::1');
    assert.equal(asked.length, 1);
    clock.nowMs += 1;
    const again = names.lookup('2001:db8::1');
    (await answerTo('2001:db8::1')).resolve(['late.example']);
    assert.equal(await again, 'late.example');
  });
}

test('the hosts file comes before DNS, and its changes count', async (t) => {
  const { names, hostsPath, asked, answerTo } = makeParts(t);
  writeFileSync(hostsPath, '192.0.2.1 one.example\n');
  assert.equal(await names.lookup('192.0.2.1'), 'one.example');
  const two = names.lookup('192.0.2.2');
  (await answerTo('192.0.2.2')).resolve([]);
  assert.equal(await two, '192.0.2.2');
  writeFileSync(hostsPath, '192.0.2.3 three.example\n192.0.2.1 changed.example\n');
  assert.equal(await names.lookup('192.0.2.3'), 'three.example');
  assert.deepEqual(asked, ['192.0.2.2']);
});

test('a hosts file that cannot be read is told once, and DNS is asked', async (t) => {
  const { names, hostsPath, answerTo, warnings } = makeParts(t);
  const missing = names.lookup('192.0.2.1');
  (await answerTo('192.0.2.1')).resolve(['a.example']);
  assert.equal(await missing, 'a.example');
  assert.equal(warnings.length, 0, 'a machine may well have none');
  const link = `${hostsPath}/`; // a file is no directory
  writeFileSync(hostsPath, '');
  const broken = new NameResolver({
    hostsPath: link,
    resolver: { reverse: async () => ['b.example'], cancel: () => {} },
    warn: (message) => warnings.push(message),
  });
  assert.equal(await broken.lookup('192.0.2.1'), 'b.example');
  assert.equal(await broken.lookup('192.0.2.2'), 'b.example');
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^host names of .*hosts\/ are not used: ENOTDIR/);
});

test('64 are looked up at once, others are their addresses and counted', async (t) => {
  const { names, answerTo } = makeParts(t);
  const running = Array.from({ length: 64 }, (_, host) => names.lookup(`192.0.2.${host}`));
  assert.equal(await names.lookup('198.51.100.1'), '198.51.100.1');
  assert.equal(names.refused, 1);
  for (let host = 0; host < 64; host++) (await answerTo(`192.0.2.${host}`)).resolve([`h${host}.example`]);
  assert.deepEqual((await Promise.all(running)).slice(0, 2), ['h0.example', 'h1.example']);
  const later = names.lookup('198.51.100.1');
  (await answerTo('198.51.100.1')).resolve(['later.example']);
  assert.equal(await later, 'later.example', 'being refused is not remembered');
});

test('4096 names are remembered, the oldest goes', async (t) => {
  const { names, asked, answerTo } = makeParts(t);
  const address = (number: number) => `10.0.${number >> 8}.${number & 255}`;
  for (let number = 0; number <= 4096; number++) {
    const name = names.lookup(address(number));
    (await answerTo(address(number))).resolve(['a.example']);
    await name;
  }
  assert.equal(await names.lookup(address(1)), 'a.example');
  assert.equal(asked.length, 4097);
  const gone = names.lookup(address(0));
  (await answerTo(address(0))).resolve(['b.example']);
  assert.equal(await gone, 'b.example');
});

test('what is no address stays what it is', async (t) => {
  const { names, asked } = makeParts(t);
  assert.equal(await names.lookup('2001:db8::/64'), '2001:db8::/64');
  assert.deepEqual(asked, []);
});

test('close ends what waits, and nobody is asked any more', async (t) => {
  const { names, asked } = makeParts(t);
  const name = names.lookup('192.0.2.1');
  await waitUntil(() => asked.length > 0);
  names.close();
  assert.equal(await name, '192.0.2.1');
  assert.equal(await names.lookup('192.0.2.2'), '192.0.2.2');
  assert.equal(asked.length, 1);
});
