import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contains } from '../../../src/values/prefix.ts';
import { columnsOf } from '../../../src/values/prefix-columns-builder.ts';
import { PrefixFinder } from '../../../src/values/prefix-finder.ts';
import { prefixes } from '../../support/arbitrary-prefix.ts';

test('the network that holds one is found where there is one', () => {
  fc.assert(
    fc.property(fc.array(prefixes, { maxLength: 20 }), prefixes, (networks, asked) => {
      const holding = networks.filter((network) => contains(network, asked));
      const widest = holding.toSorted((a, b) => a.length - b.length)[0]; // those inside another one go
      assert.deepEqual(new PrefixFinder(columnsOf(networks)).find(asked), widest);
    }),
  );
});
