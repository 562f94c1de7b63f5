/** What is known of campaigns comes back from the memory as it was; and what a disk has changed is let go, whatever it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Campaign } from '../../../src/detect/together/campaign.ts';
import { campaignMemory, campaignRow } from '../../../src/memory/campaign-row.ts';
import { Source } from '../../support/probes.ts';

const HOUR_NS = 3600e9;
const options = { ports: 30, rarePorts: 10, learnHours: 6 };

/** Some hours at a host that is tried at some ports by some sources, one of which a rule catches. */
function lived(hours: number, ports: number): Campaign {
  const campaign = new Campaign(options);
  for (let hour = 0; hour < hours; hour++)
    for (let index = 0; index < ports; index++) {
      const atNs = hour * HOUR_NS + index * 60e9;
      campaign.due(atNs);
      const source = `198.51.100.${index}`;
      campaign.observe(
        new Source(source).probe(atNs, 1 + ((index * (1 + (hour % 3)) * 997) % 65_535)),
        source,
      );
      if (index === 1) campaign.catch(source, atNs);
    }
  return campaign;
}

test('what is known comes back: what is usual, how rare ports are, and what was tried lately', () => {
  for (const ports of [1, 3, 40]) {
    const campaign = lived(30, ports);
    const nowNs = 30 * HOUR_NS;
    campaign.due(nowNs);
    const known = campaignMemory(campaignRow(campaign.memory(nowNs)!, nowNs));
    const again = new Campaign(options);
    again.restore(known!, nowNs);
    again.due(nowNs);
    assert.equal(again.all.count, campaign.all.count);
    assert.deepEqual(again.all.limit, campaign.all.limit);
    assert.ok(Math.abs(again.rare.limit - campaign.rare.limit) <= 1);
    assert.ok(Math.abs(again.rare.count - campaign.rare.count) < 0.1);
  }
});

test('whoever has tried a port before somebody that is caught after the restart counts, as without one', () => {
  const campaign = new Campaign(options);
  const nowNs = 2 * HOUR_NS;
  campaign.due(nowNs);
  for (const [index, source] of ['198.51.100.50', '198.51.100.60'].entries())
    campaign.observe(new Source(source).probe(nowNs + index, 4000), source);
  const again = new Campaign(options);
  again.restore(campaignMemory(campaignRow(campaign.memory(nowNs + 2)!, nowNs + 2))!, nowNs + 2);
  for (const each of [campaign, again]) {
    each.catch('198.51.100.60', nowNs + 3);
    each.due(nowNs + 120e9);
    assert.equal(each.all.count, 1);
  }
});

test('days in which nobody looked make nothing unusual of what comes after', () => {
  const campaign = lived(30, 40);
  const known = campaignMemory(campaignRow(campaign.memory(30 * HOUR_NS)!, 30 * HOUR_NS))!;
  const again = new Campaign(options);
  again.restore(known, 100 * HOUR_NS);
  again.due(100 * HOUR_NS);
  assert.equal(again.all.count, 0);
  assert.equal(again.all.limit, campaign.all.limit);
});

test('a row that a disk has changed is read or let go, and never throws or spoils what is counted', () => {
  const nowNs = 30 * HOUR_NS;
  const { state } = campaignRow(lived(30, 20).memory(nowNs)!, nowNs);
  const damage = fc.record({
    at: fc.nat(state.length - 1),
    text: fc.string({ maxLength: 4 }),
    cut: fc.nat(6),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (places) => {
      let text = state;
      for (const { at, text: other, cut } of places) text = text.slice(0, at) + other + text.slice(at + cut);
      const known = campaignMemory({ atNs: nowNs, state: text });
      if (!known) return;
      const again = new Campaign(options);
      again.restore(known, nowNs);
      again.due(nowNs);
      for (const { count, limit } of [again.all, again.rare])
        assert.ok(Number.isFinite(count) && Number.isFinite(limit));
    }),
    { numRuns: 100 },
  );
  const { ports, tries, ...others } = JSON.parse(state) as { ports: string; tries: { ago: string } };
  for (const damaged of [
    { ports: ports.slice(4), tries, ...others },
    { ports, tries: { ...tries, ago: '' }, ...others },
    { ports, tries: { ...tries, sources: 'one' }, ...others },
  ])
    assert.equal(campaignMemory({ atNs: nowNs, state: JSON.stringify(damaged) }), undefined);
  for (const text of ['', 'null', '[]', '{}', '{"usual":{}}'])
    assert.equal(campaignMemory({ atNs: 0, state: text }), undefined);
});
