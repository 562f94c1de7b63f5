/** Ports that sources try together that no rule has caught: what is usual is learned, and more than that is told of. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  Campaign,
  type CampaignAlert,
  type CampaignOptions,
} from '../../../../src/detect/together/campaign.ts';
import { Source } from '../../../support/probes.ts';

const MINUTE = 60e9;
const HOUR = 60 * MINUTE;

/** A host at which so many ports are tried in each hour, evenly, each by another source; they are the same in each hour. */
class Host {
  readonly campaign: Campaign;
  readonly alerts: CampaignAlert[] = [];
  #hour = 0;
  #source = 0;

  constructor(options: Partial<CampaignOptions> = {}) {
    this.campaign = new Campaign({ ports: 30, rarePorts: 16_384, learnHours: 6, ...options });
  }

  probe(atNs: number, port: number, name = `s${++this.#source}`): void {
    const alert = this.campaign.due(atNs);
    if (alert) this.alerts.push(alert);
    this.campaign.observe(new Source(name).probe(atNs, port), `of ${name}`);
  }

  hour(ports: number): this {
    for (let index = 0; index < ports; index++)
      this.probe(this.#hour * HOUR + 2 * MINUTE + (index / ports) * 56 * MINUTE, 1000 + index);
    this.#hour++;
    const alert = this.campaign.due(this.#hour * HOUR);
    if (alert) this.alerts.push(alert);
    return this;
  }

  hours(count: number, ports: number): this {
    for (let index = 0; index < count; index++) this.hour(ports);
    return this;
  }
}

describe('a campaign', () => {
  test('is told of at 30 ports in an hour above what was usual, and not one less', () => {
    for (const [ports, expected] of [
      [69, 0],
      [70, 1],
    ] as const)
      assert.equal(new Host().hours(8, 40).hour(ports).alerts.length, expected, `${ports}`);
  });

  test('says how many ports and sources, and which networks are the busiest', () => {
    const host = new Host().hours(8, 0);
    for (let index = 0; index < 40; index++) host.probe(8 * HOUR + index * 1000, index + 1, `s${index % 8}`);
    host.campaign.due(8 * HOUR + 40_000);
    const alert = host.campaign.due(8 * HOUR + 2 * MINUTE);
    assert.deepEqual([alert?.ports, alert?.usual, alert?.sourceCount], [40, 0, 8]);
    assert.deepEqual(alert?.networks[0], { network: 'of s0', ports: 5, sources: 1 });
    assert.equal(alert?.networks.length, 5);
  });

  test('is nothing that a sentry finds on its first day out: it learns for six hours', () => {
    assert.deepEqual(new Host().hours(48, 1000).alerts, []);
    assert.equal(new Host({ learnHours: 0 }).hour(31).alerts.length, 1);
  });

  test('takes more where the hours differ by themselves', () => {
    const host = new Host();
    for (let day = 0; day < 12; day++) host.hour(950).hour(1050);
    assert.deepEqual(host.hour(1100).alerts, []);
    assert.equal(host.hour(1400).alerts.length, 1);
  });

  test('is told of once an hour, or when there are twice as many sources, and becomes usual after half a day', () => {
    const host = new Host().hours(24, 10);
    const told = host.hours(30, 100).alerts.map(({ sourceCount }) => sourceCount);
    assert.ok(told.length >= 12 && told.length <= 15, `${told}`);
    assert.ok(told[0]! >= 40 && told[1]! >= 2 * told[0]!, `${told}`);
  });

  test('does not hide the next one by being loud', () => {
    const host = new Host().hours(24, 10).hours(3, 5000).hour(10);
    const before = host.alerts.length;
    host.hours(2, 10);
    assert.equal(host.alerts.length, before);
    assert.equal(host.hour(50).alerts.length, before + 1);
  });

  test('is not made of what a rule has caught, before or after', () => {
    const host = new Host().hours(8, 5);
    for (let port = 0; port < 60; port++) host.probe(8 * HOUR + port, port, 'scanner');
    host.campaign.catch('scanner', 8 * HOUR + 61);
    for (let port = 60; port < 120; port++) host.probe(8 * HOUR + port, port, 'scanner');
    assert.deepEqual(host.hour(5).alerts, []);
  });
});

describe('a campaign cannot be hidden', () => {
  const fromTime = 8 * HOUR;
  /** Each of 100 ports is tried by a source of its own, and then once more. */
  function tried(after: (host: Host, atNs: number, index: number) => void): Host {
    const host = new Host().hours(8, 0);
    for (let index = 0; index < 100; index++) {
      const atNs = fromTime + index * 1e9;
      host.probe(atNs, 2000 + index, `bot${index}`);
      after(host, atNs + 1, index);
    }
    host.campaign.due(fromTime + 2 * MINUTE);
    return host;
  }

  test('by a packet to each port in a name that is caught then', () => {
    const host = tried(({ campaign }, atNs, index) => {
      const name = `thrown away ${Math.floor(index / 4)}`;
      campaign.observe(new Source(name).probe(atNs, 2000 + index), name);
      if (index % 4 === 3) campaign.catch(name, atNs);
    });
    assert.equal(host.campaign.all.count, 100);
    const sources = host.alerts.flatMap((alert) => alert.sources);
    assert.ok(sources.filter((name) => name.startsWith('bot')).length > 30, `${sources}`);
  });

  test('but what was tried longer than an hour ago does not come back with a name that is caught', () => {
    const { campaign } = tried(() => {});
    const again = fromTime + 50 * MINUTE;
    for (let index = 0; index < 100; index++)
      campaign.observe(new Source('scanner').probe(again, 2000 + index), 'scanner');
    campaign.catch('scanner', again + 1);
    campaign.due(again + 2 * MINUTE);
    assert.equal(campaign.all.count, 100);
    campaign.due(again + 15 * MINUTE);
    assert.equal(campaign.all.count, 0);
  });
});

test('what is known only some time after the start makes the ports less rare that were tried since', () => {
  const noise = (host: Host, fromNs: number, minutes: number) => {
    for (let minute = 0; minute < minutes; minute++)
      host.probe(fromNs + minute * MINUTE, 1000 + (minute % 40));
    return host;
  };
  const options = { ports: 16_384, rarePorts: 10 };
  const stop = 30 * HOUR;
  const memory = noise(new Host(options), 0, 30 * 60).campaign.memory(stop)!;
  for (const late of [0, 1, 12, 50]) {
    const host = noise(new Host(options), stop, late);
    host.campaign.restore(memory, stop + late * MINUTE);
    noise(host, stop + late * MINUTE, 60);
    assert.deepEqual(host.alerts, [], `${late} minutes late`);
  }
});

describe('ports that nobody else tries', () => {
  /** A host that knows its place: in each hour the same 200 ports. */
  const known = () => new Host({ ports: 16_384, rarePorts: 10 }).hours(72, 200);
  const fromTime = 74 * HOUR;

  test('are a campaign from ten above what is usual on', () => {
    const { usual, limit } = known().campaign.rare;
    assert.equal(limit, Math.ceil(usual + 10));
    for (const [ports, expected] of [
      [limit - 1, 0],
      [limit, 1],
    ] as const) {
      const host = known();
      for (let index = 0; index < ports; index++) host.probe(fromTime + index * MINUTE, 20_000 + index);
      host.probe(fromTime + (ports + 2) * MINUTE, 1000);
      assert.equal(host.alerts.length, expected, `${ports}`);
    }
  });

  test('count the less the more often they were tried before', () => {
    const host = known();
    const rarity = (port: number, atNs: number) => {
      host.probe(atNs, port);
      host.campaign.due(atNs + 2 * MINUTE);
      return host.campaign.rare.count;
    };
    const of = [0, 2, 4].map((hours) => rarity(20_000, fromTime + hours * HOUR));
    for (const [times, expected] of [1, 1 / 2, 1 / 3].entries())
      assert.ok(Math.abs(of[times]! - expected) < 0.01, `${of}`);
    assert.ok(rarity(1000, fromTime + 8 * HOUR) < 0.05);
  });

  test('count as two of one network at most', () => {
    const host = known();
    for (let index = 0; index < 40; index++) host.probe(fromTime + index * MINUTE, 20_000 + index, 'one');
    host.probe(fromTime + 45 * MINUTE, 1000);
    assert.deepEqual(host.alerts, []);
  });

  test('name who has tried them, and not who has tried what everybody does', () => {
    const host = known();
    for (let index = 0; index < 30; index++) {
      host.probe(fromTime + index * MINUTE, 20_000 + index, `rare${index}`);
      host.probe(fromTime + index * MINUTE + 1, 1000 + index, `usual${index}`);
    }
    host.probe(fromTime + 31 * MINUTE, 1000);
    assert.ok(host.alerts.length > 0);
    for (const { sources } of host.alerts) assert.ok(sources.every((source) => source.startsWith('rare')));
  });

  test('stay rare when a campaign tries them: it teaches nobody that they are usual', () => {
    const host = known();
    const campaign = (atNs: number) => {
      for (let index = 0; index < 30; index++) host.probe(atNs + index * 1e9, 20_000 + index);
      host.campaign.due(atNs + 2 * MINUTE);
      return host.campaign.rare.count;
    };
    const [first, second] = [campaign(fromTime), campaign(fromTime + 3 * HOUR)];
    assert.ok(first >= 30 && second >= 30, `${first} ${second}`);
  });
});

test('a flood of forged sources is told of once an hour and takes bounded memory', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), (hours) => {
      const host = new Host({ learnHours: 0 });
      let ports = 0;
      for (let index = 0; index < hours * 20_000; index++) {
        host.probe((index / 20_000) * HOUR, (index * 7919) % 65_536);
        ports = Math.max(ports, host.campaign.all.count);
      }
      assert.ok(host.alerts.length <= hours + Math.log2(16_384 / 30));
      assert.ok(ports <= 16_384);
      for (const { sources } of host.alerts) assert.ok(sources.length <= 256);
    }),
    { numRuns: 3 },
  );
});
