/** `xdpsentry replay`, with captures that the test writes, and with those of others. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { eth } from '../../scripts/packets/packet.ts';
import { Capture } from '../../src/capture/open.ts';
import { main } from '../../src/cli/program.ts';
import { needs } from '../support/capability.ts';
import { type PcapFields, pcap, pcapng, type Shot } from '../support/capture-file.ts';
import { cooked, cooked2 } from '../support/cooked.ts';
import { dialogue } from '../support/dialogue.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-replay-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;
function write(bytes: Uint8Array | string): string {
  const path = join(directory, `${++files}.file`);
  writeFileSync(path, bytes);
  return path;
}

async function run(...argv: string[]) {
  let [out, err] = ['', ''];
  const code = await main(['replay', ...argv], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

/** The JSON lines of a replay that goes well. */
async function facts(...argv: string[]) {
  const { code, out, err } = await run('--json', ...argv);
  assert.equal(code, 0, err);
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line));
}

const HOST = ['--protect', '198.51.100.1', '--protect', '2001:db8::1'];

/** One SYN to each port, a second apart, each by a connection of its own: with one source port and number for all it would be nmap's. */
const scan = (ports: readonly number[], { from = '203.0.113.9', start = 0, apart = 1 } = {}): string => {
  const host = from.includes(':') ? '2001:db8::1' : '198.51.100.1';
  return ports
    .map(
      (port, index) =>
        `${start + index * apart} ${from}:${40_000 + index} > ${host}:${port} S seq=${7 * index + 1}`,
    )
    .join('\n');
};
const capture = (text: string, fields?: PcapFields): string => write(pcap(dialogue(text), fields));
const SIX = [21, 22, 23, 25, 80, 110];

describe('a replay', { skip: needs('bpf') }, () => {
  test('says who would be blocked, when, after which probe, by which rule, and what for', async () => {
    assert.deepEqual(await facts(...HOST, capture(scan(SIX))), [
      {
        source: '203.0.113.9',
        label: null,
        alerted: true,
        blocked: true,
        rule: 'scan',
        class: 'vertical',
        kinds: ['syn'],
        tool: null,
        confidence: null,
        proven: false,
        probes: 4,
        ports: 4,
        hosts: 1,
        first_seen: '2026-11-28T12:00:00.000000Z',
        alerted_at: '2026-11-28T12:00:03.000000Z',
        probes_to_alert: 4,
        ports_to_alert: 4,
        last_seen: '2026-11-28T12:00:03.000000Z',
        blocked_at: '2026-11-28T12:00:03.000000Z',
        blocks: 1,
        dropped: 2,
        objection: null,
        port_list: '21-23,25/tcp',
        host_list: ['198.51.100.1'],
        alerts: [
          {
            at: '2026-11-28T12:00:03.000000Z',
            rule: 'scan',
            action: 'block',
            objection: null,
            destination: '198.51.100.1',
            probes: 4,
            ports: '21-23,25/tcp',
            kinds: ['syn'],
            after: 4,
          },
        ],
      },
    ]);
  });

  test('counts what a scanner has tried up to the alert: each port of each host once', async () => {
    const repeated = scan([21, 21, 22, 22, 23, 25, 80]);
    const [vertical] = await facts(...HOST, capture(repeated));
    assert.deepEqual([vertical.probes_to_alert, vertical.ports_to_alert], [6, 4]);
    const hosts = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(
      (host) => `${host} 203.0.113.9:${4000 + host} > 198.51.100.${host}:22 S seq=${host * 7}`,
    );
    const [sweep] = await facts('--protect', '198.51.100.0/24', capture(hosts.join('\n')));
    assert.deepEqual([sweep.ports, sweep.ports_to_alert], [1, 8]);
    const [quiet] = await facts(...HOST, capture(scan([21, 22])));
    assert.equal(quiet.ports_to_alert, null);
  });

  test('says it to people, too', async () => {
    const { code, out, err } = await run(...HOST, capture(scan(SIX)));
    assert.equal(code, 0);
    assert.equal(err, '');
    assert.equal(
      out,
      [
        'source       what     at                   rule  after  probes  dropped  hosts  ports         kinds  tool',
        '203.0.113.9  blocked  2026-11-28 12:00:03  scan      4       4        2      1  21-23,25/tcp  syn    -',
        '',
        'frames: 6, of 5s; judged: 6',
        '  pass probe: 4',
        '  drop blocked: 2',
        'sources of probes: 1, alerted: 1, blocked: 1',
        '',
      ].join('\n'),
    );
  });

  const ORDINARY = `
    0 203.0.113.9:40000 > 198.51.100.1:22 S
    0.1 198.51.100.1:22 > 203.0.113.9:40000 SA seq=7
    0.2 203.0.113.9:40000 > 198.51.100.1:22 A seq=2 ack=8
    1 198.51.100.1:1001 > 203.0.113.9:443 S
    1.1 203.0.113.9:443 > 198.51.100.1:1001 SA
    1.2 203.0.113.9:443 > 198.51.100.1:1001 FA
    1.3 198.51.100.1:1001 > 203.0.113.9:443 FA
    1.4 203.0.113.9:443 > 198.51.100.1:1001 A
    2 198.51.100.1:1002 > 203.0.113.9:443 S
    2.1 203.0.113.9:443 > 198.51.100.1:1002 RA
    3 198.51.100.1:1003 > 203.0.113.9:53 udp
    3.1 203.0.113.9:53 > 198.51.100.1:1003 udp
    4 203.0.113.9:443 > 198.51.100.1:1004 PA
    4.1 198.51.100.1:1004 > 203.0.113.9:443 A`;

  test('of ordinary traffic finds no probe', async () => {
    assert.deepEqual(await facts(...HOST, capture(ORDINARY)), []);
    assert.deepEqual(await facts(capture(ORDINARY)), []);
    assert.match((await run(...HOST, capture(ORDINARY))).out, /^nobody sent a probe\n/);
  });

  const shots = dialogue(scan(SIX));
  const inner = (wrap: (packet: Uint8Array) => Uint8Array): Shot[] =>
    shots.map(({ at, frame }) => ({ at, frame: wrap(frame.slice(14)) }));
  for (const [says, bytes] of [
    ['pcapng', pcapng(shots)],
    ['pcap with nanoseconds of a big-endian machine', pcap(shots, { order: 'big', unit: 'nano' })],
    ['frames with a VLAN tag', pcap(dialogue(scan(SIX), () => eth().vlan(5)))],
    ['frames with two', pcap(dialogue(scan(SIX), () => eth().qinq(7).vlan(5)))],
    [
      'raw IP',
      pcap(
        inner((packet) => packet),
        { linkType: 101 },
      ),
    ],
    [
      'Linux cooked v1',
      pcap(
        inner((packet) => cooked(0x0800, packet)),
        { linkType: 113 },
      ),
    ],
    [
      'Linux cooked v2',
      pcapng(
        inner((packet) => cooked2(0x0800, packet)),
        { linkType: 276 },
      ),
    ],
  ] as const) {
    test(`of ${says} finds the same`, async () => {
      assert.deepEqual(await facts(...HOST, write(bytes)), await facts(...HOST, write(pcap(shots))));
    });
  }

  test('of IPv6 finds the network that the source is', async () => {
    const [found] = await facts(...HOST, capture(scan(SIX, { from: '2001:db8:9::5' })));
    assert.equal(found.source, '2001:db8:9::/64');
    assert.deepEqual([found.blocked, found.probes_to_alert, found.dropped], [true, 4, 2]);
  });

  test('goes by the clock of the capture: a slow scan takes its hours, and no longer than its rule lets it', async () => {
    const [slow] = await facts(...HOST, capture(scan(SIX, { apart: 3600 })));
    assert.deepEqual(
      [slow.rule, slow.probes_to_alert, slow.alerted_at],
      ['slow-scan', 6, '2026-11-28T17:00:00.000000Z'],
    );
    const [patient] = await facts(...HOST, capture(scan([...SIX, 443], { apart: 21_600 })));
    assert.deepEqual(
      [patient.rule, patient.probes_to_alert, patient.alerted_at],
      ['patient-scan', 7, '2026-11-30T00:00:00.000000Z'],
    );
    const [tooSlow] = await facts(...HOST, capture(scan(SIX, { apart: 4400 })));
    assert.deepEqual([tooSlow.alerted, tooSlow.rule, tooSlow.probes], [false, null, 6]);
  });

  test('a block ends by that clock, and who goes on is blocked anew', async () => {
    const again = [scan(SIX), scan([443], { start: 602 }), scan(SIX, { start: 604 })].join('\n');
    const [found] = await facts(...HOST, capture(again));
    // Until 12:10:03: one packet of the second round is still dropped.
    assert.deepEqual([found.blocks, found.alerts.length], [2, 2]);
    assert.deepEqual(found.alerts[1].at, '2026-11-28T12:10:07.000000Z');
    assert.deepEqual([found.probes, found.dropped], [8, 2 + 1 + 2]);
  });

  test('a rule that the kernel cannot carry out blocks before the next frame all the same', async () => {
    const policy = write(
      'rules:\n  - { name: two, kinds: [syn], distinct_ports: 2, only: { tcp: 21-23 }, window: 60s, action: block, block_for: 10m }\n',
    );
    const [found] = await facts(...HOST, '--policy', policy, capture(scan([80, 21, 22, 23, 25])));
    assert.deepEqual([found.rule, found.probes_to_alert, found.probes, found.dropped], ['two', 3, 3, 2]);
  });

  test('a rule that only alerts blocks nobody', async () => {
    const policy = write(
      'rules:\n  - { name: look, kinds: any, distinct_ports: 2, window: 60s, action: alert }\n',
    );
    const [found] = await facts(...HOST, '--policy', policy, capture(scan([21, 22, 23])));
    assert.deepEqual([found.alerted, found.blocked, found.rule, found.probes], [true, false, 'look', 3]);
  });

  test('who is on the ignore list sends no probes', async () => {
    const policy = write('ignore: [203.0.113.0/24]\n');
    assert.deepEqual(await facts(...HOST, '--policy', policy, capture(scan(SIX))), []);
  });

  test('what is sent to others, or by the host itself, is not judged', async () => {
    const out = `
      0 198.51.100.1:40000 > 203.0.113.1:21 S
      1 198.51.100.1:40000 > 203.0.113.1:22 S
      2 198.51.100.1:40000 > 203.0.113.1:23 S
      3 198.51.100.1:40000 > 203.0.113.1:25 S
      4 203.0.113.9:40000 > 203.0.113.1:21 S`;
    assert.deepEqual(await facts(...HOST, capture(out)), []);
    const each = await facts(capture(out));
    assert.deepEqual(
      each.map(({ source, alerted }) => [source, alerted]),
      [
        ['198.51.100.1', true],
        ['203.0.113.9', false],
      ],
    );
  });

  test('tells of networks to protect that hold the scanner, or nobody in the capture', async () => {
    const file = capture(scan(SIX));
    const { code, out, err } = await run('--protect', '198.51.100.0/24', '--protect', '203.0.113.0/24', file);
    assert.equal(code, 0);
    assert.match(out, /^nobody sent a probe\n/);
    assert.match(err, /^xdpsentry: frames between protected hosts, which are not judged: 6; .*\n$/);
    const { out: quiet, err: nowhere } = await run('--protect', '9.9.9.9', file);
    assert.match(quiet, /^nobody sent a probe\n/);
    assert.match(nowhere, /^xdpsentry: no frame goes to a protected host: .*\n$/);
    assert.equal((await run('--protect', 'each', file)).err, '');
  });

  test('without --protect it tells what it has guessed', async () => {
    const { err } = await run(capture(scan(SIX)));
    assert.match(err, /^xdpsentry: no host stands out in the capture, so what went to any address is judged/);
    const called = `0 203.0.113.8:1 > 198.51.100.1:22 S\n1 203.0.113.9:1 > 198.51.100.1:22 S`;
    assert.match(
      (await run(capture(called))).err,
      /^xdpsentry: the capture looks like one of 198\.51\.100\.1, so/,
    );
  });

  test('--served names the ports that somebody listens at, whoever answers', async () => {
    const file = capture(`${scan(SIX)}\n9 198.51.100.1:110 > 203.0.113.9:40000 SA`);
    const [found] = await facts(...HOST, '--served', '21,22/tcp,23/udp', file);
    assert.deepEqual([found.probes, found.port_list, found.dropped], [4, '23,25,80,110/tcp', 0]);
  });

  for (const [ports, understood] of [
    ['80,6001-6020,101-110/udp', 'tcp none; udp 80,101-110,6001-6020'],
    ['22,80', 'tcp 22,80; udp none'],
    ['22/tcp,53/udp,443', 'tcp 22,443; udp 53'],
  ] as const)
    test(`--served ${ports} is told as it was understood`, async () => {
      const { code, err } = await run(...HOST, '--served', ports, capture(scan(SIX)));
      assert.deepEqual([code, err], [0, `xdpsentry: served: ${understood}\n`]);
    });

  test('who holds a connection is not blocked for what may be forged', async () => {
    const file = capture(`
      0 203.0.113.9:5000 > 198.51.100.1:22 S
      0.1 198.51.100.1:22 > 203.0.113.9:5000 SA seq=7
      0.2 203.0.113.9:5000 > 198.51.100.1:22 A seq=2 ack=8
      ${scan(
        SIX.filter((port) => port !== 22),
        { start: 5 },
      )}`);
    const [found] = await facts(...HOST, file);
    assert.deepEqual([found.alerted, found.blocked, found.proven], [true, false, true]);
    assert.match(found.objection, /it holds a TCP connection to this host/);
    const policy = write('guard: { established: false }\n');
    const [unguarded] = await facts(...HOST, '--policy', policy, file);
    assert.equal(unguarded.blocked, true);
  });

  test('who has come again and again is not blocked for what may be forged, although none of its connections is open', async () => {
    const call = (at: number) => `
      ${at} 203.0.113.9:${5000 + at} > 198.51.100.1:443 S
      ${at}.1 198.51.100.1:443 > 203.0.113.9:${5000 + at} SA seq=7
      ${at}.2 203.0.113.9:${5000 + at} > 198.51.100.1:443 A seq=2 ack=8
      ${at}.3 203.0.113.9:${5000 + at} > 198.51.100.1:443 RA seq=2 ack=8`;
    const calls = (...at: readonly number[]) => at.map(call).join('\n');
    const after = scan(SIX, { start: 100 });
    const [regular] = await facts(...HOST, capture(`${calls(0, 4, 8, 12)}\n${after}`));
    assert.deepEqual([regular.alerted, regular.blocked, regular.proven], [true, false, true]);
    assert.match(regular.objection, /it has come again and again with TCP connections to this host/);
    const [visitor] = await facts(...HOST, capture(`${calls(0, 4, 8)}\n${after}`));
    assert.equal(visitor.blocked, true);
  });

  describe('a resolver', () => {
    const RESOLVER = { src: '203.0.113.9', dst: '198.51.100.1' };
    /** A question, if it is asked, and its answer, before a scan in the name of who answers. */
    const answered = (flags: number, isAsked: boolean): string => {
      const bytes = (first: number) => Uint8Array.from([0, 1, first, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
      const ask = eth().ip4({ src: RESOLVER.dst, dst: RESOLVER.src }).udp({ sport: 40_000, dport: 53 });
      const answer = eth().ip4(RESOLVER).udp({ sport: 53, dport: 40_000 });
      return write(
        pcap([
          ...(isAsked ? [{ at: 0, frame: ask.bytes(bytes(1)).build() }] : []),
          { at: 0.1, frame: answer.bytes(bytes(flags)).build() },
          ...dialogue(scan(SIX, { start: 5 })),
        ]),
      );
    };

    test('that the host has asked for a name is never blocked', async () => {
      const file = answered(0x81, true);
      const [found] = await facts(...HOST, file);
      assert.deepEqual(
        [found.alerted, found.blocked, found.objection],
        [true, false, 'it is a resolver of the host'],
      );
      const { err } = await run(...HOST, file);
      assert.match(err, /never blocked, for they look names up for the host: 203\.0\.113\.9/);
    });
    for (const [says, flags, isAsked] of [
      ['is none that nobody has asked', 0x81, false],
      ['is none that answers for its own names only, as servers of zones do', 0x80, true],
    ] as const)
      test(says, async () => {
        const [found] = await facts(...HOST, answered(flags, isAsked));
        assert.deepEqual([found.alerted, found.blocked], [true, true]);
      });
  });

  test('--guard names who is never blocked', async () => {
    const file = capture(scan(SIX));
    const [found] = await facts(...HOST, '--guard', '192.0.2.1', '--guard', '203.0.113.0/24', file);
    assert.deepEqual(
      [found.alerted, found.blocked, found.objection],
      [true, false, 'it is guarded, as you have said'],
    );
    assert.equal((await run(...HOST, '--guard', 'gateway', file)).code, 2);
  });

  test('several files are one capture, in whatever order they are named', async () => {
    const [first, second] = [capture(scan([21, 22])), capture(scan([23, 25], { start: 2 }))];
    const [found] = await facts(...HOST, second, first);
    assert.deepEqual([found.blocked, found.alerted_at], [true, '2026-11-28T12:00:03.000000Z']);
  });

  test('a file that is named twice, be it by another name, is read once, and told of', async () => {
    const file = capture(scan([21, 22]));
    const link = `${file}.link`;
    symlinkSync(file, link);
    const { code, out, err } = await run(...HOST, file, link, file);
    assert.equal(code, 0);
    assert.match(out, /^frames: 2, /m);
    const told = [link, file].map((path) => `xdpsentry: ${path} is named more than once, and read once\n`);
    assert.equal(err, told.join(''));
  });

  test('frames that claim to be older than the one before are told of', async () => {
    const { err } = await run(
      ...HOST,
      capture(`${scan(SIX, { start: 100 })}\n0 203.0.113.9:1 > 198.51.100.1:1 S`),
    );
    assert.match(err, /older than the one before: 1; they are taken to have come when that did/);
  });

  test('a capture that is out of order by much is told how to mend, one that is by little is not', async () => {
    const lines = scan(SIX).split('\n');
    const { code, err } = await run(...HOST, capture(lines.toReversed().join('\n')));
    assert.equal(code, 0);
    assert.match(
      err,
      /one before: 5; .* up to 5s later, so neither times nor .* in order first, with `reordercap IN OUT`/,
    );
    const slight = scan(SIX, { apart: 0.01 }).split('\n').toReversed().join('\n');
    const { err: slightly } = await run(...HOST, capture(slight));
    assert.match(slightly, /one before: 5; they are taken to have come when that did\n$/);
  });

  test('a capture that is cut short is read as far as it goes', async () => {
    const whole = pcap(shots);
    const file = write(whole.subarray(0, whole.length - 1));
    const { code, out, err } = await run(...HOST, file);
    assert.equal(code, 0);
    assert.match(out, /frames: 5/);
    assert.match(err, /\.file is read as far as it goes: it ends within a record/);
  });

  test('a flood of forged sources is counted to the last, and the same every time', async () => {
    const flood = Array.from({ length: 5000 }, (_, index) => ({
      at: index / 10_000,
      frame: eth()
        .ip4({ src: `10.${index >> 8}.${index & 255}.9`, dst: '198.51.100.1' })
        .tcp({ dport: 1 + (index % 1000) })
        .build(),
    }));
    const file = write(pcap(flood));
    const [once, twice] = [await run('--json', ...HOST, file), await run('--json', ...HOST, file)];
    assert.equal(once.out.split('\n').length - 1, 5000);
    assert.equal(once.out, twice.out);
    assert.match((await run(...HOST, file)).out, /and 4980 more sources without an alert; --json lists them/);
  });
});

describe('what cannot be replayed', () => {
  for (const [says, bytes, message] of [
    [
      'text',
      'hello, world',
      /The capture cannot be read: \S+ is neither pcap nor pcapng\n.*\[XS_ERR_CAPTURE\]\n$/,
    ],
    [
      'another link',
      pcap(dialogue(scan(SIX)), { linkType: 105 }),
      /of link type 105 \(IEEE 802\.11\)\n.*\[XS_ERR_LINK_TYPE\]\n$/,
    ],
  ] as const) {
    test(`${says}: exit code 3`, async () => {
      const { code, out, err } = await run(write(bytes));
      assert.equal(code, 3);
      assert.equal(out, '');
      assert.match(err, message);
    });
  }

  test('a file that is not there, though it is named twice: exit code 3', async () => {
    const path = join(directory, 'none.pcap');
    const { code, err } = await run(path, path);
    assert.equal(code, 3);
    assert.match(err, /none\.pcap: there is no such file or directory.*\n.*\[XS_ERR_CAPTURE\]\n$/);
  });

  for (const [says, argv, message] of [
    ['no file', [], /missing required argument 'file'/],
    ['a network that is none', ['--protect', '198.51.100', 'x'], /Write it like 198\.51\.100\.7/],
    ['a protocol that is none', ['--served', '22/sctp', 'x'], /"sctp" is neither tcp nor udp/],
    ['no port to serve', ['--served', '', 'x'], /Write ports, like 22,80,443\/tcp,53\/udp/],
    ['a port that is none', ['--served', '22,ssh/tcp', 'x'], /"ssh" is neither a port nor a range/],
  ] as const) {
    test(`${says}: exit code 2`, async () => {
      const { code, err } = await run(...argv);
      assert.equal(code, 2);
      assert.match(err, message);
    });
  }
});

/** Nothing of it is of a link that a replay does not know. */
function isKnown(path: string): boolean {
  try {
    for (const _ of new Capture(path).frames());
    return true;
  } catch {
    return false;
  }
}

describe('captures of others', { skip: needs('bpf', 'shared') }, () => {
  const shared = new URL('../../../shared/pcaps/', import.meta.url);
  for (const folder of needs('shared') ? [] : ['scan', 'benign', 'neg_hard', 'neg_other', 'malformed']) {
    test(`${folder}: all of them replay, but those of links that are not known`, async () => {
      const paths = readdirSync(new URL(folder, shared)).map(
        (name) => new URL(`${folder}/${name}`, shared).pathname,
      );
      const known = paths.filter(isKnown);
      for (const path of paths.filter((it) => !isKnown(it))) {
        const { code, err } = await run(path);
        assert.deepEqual([code, /\[XS_ERR_LINK_TYPE\]/.test(err)], [3, true], path);
      }
      const { code, out, err } = await run(...known);
      assert.equal(code, 0, err);
      assert.match(out, new RegExp(`frames in ${known.length} captures: \\d+`));
    });
  }
});
