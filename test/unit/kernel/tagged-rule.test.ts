import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KernelRule, rulesTag } from '../../../src/kernel/rules.ts';
import { ruleOf, taggedRule } from '../../../src/kernel/tagged-rule.ts';

const rule: KernelRule = {
  number: 0,
  kinds: new Set(['syn', 'fin']),
  protocols: ['tcp'],
  ports: 4,
  probes: 1,
  windowNs: 60e9,
  durationNs: 600e9,
};

test('a policy knows its rules by their numbers, and no other’s', () => {
  const [ours, theirs] = [rulesTag([rule]), rulesTag([{ ...rule, ports: 3 }])];
  for (const number of [0, 1, 255]) {
    assert.equal(ruleOf(ours, taggedRule(ours, number)), number);
    assert.equal(ruleOf(ours, taggedRule(theirs, number)), undefined);
  }
});

test('0, which blocks have that no rule has made, is no rule’s', () => {
  for (const rules of [[], [rule], [rule, rule]]) assert.equal(ruleOf(rulesTag(rules), 0), undefined);
});

test('the tag is the same for the same rules, however they are written, and another for any other', () => {
  const tags = [
    [],
    [rule],
    [{ ...rule, number: 1 }],
    [{ ...rule, kinds: new Set(['syn'] as const) }],
    [{ ...rule, protocols: ['udp'] as const }],
    [{ ...rule, probes: 5 }],
    [{ ...rule, windowNs: Number.POSITIVE_INFINITY }],
    [{ ...rule, durationNs: undefined }],
    [rule, { ...rule, number: 1 }],
  ].map(rulesTag);
  assert.equal(new Set(tags).size, tags.length);
  assert.equal(rulesTag([{ ...rule, kinds: new Set(['fin', 'syn'] as const) }]), rulesTag([rule]));
});
