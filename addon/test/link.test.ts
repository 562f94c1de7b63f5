import { describe, test } from 'node:test';
import { needs } from './support/capability.ts';
import { makeNamespacePair } from './support/netns.ts';
import { makePinDirectory } from './support/pin-directory.ts';
import { succeed } from './support/scenario.ts';

const PACKETS = 1000;

describe('a link on an interface', { skip: needs('bpf', 'netns') }, () => {
  for (const name of [
    'attachesAndDetaches',
    'refusesASecond',
    'updates',
    'detaches',
    'checksArguments',
    'worksNoMoreAfterClose',
    'noticesThatTheInterfaceHasGone',
    'detachesWhenCollected',
  ]) {
    test(name, () => {
      using pair = makeNamespacePair();
      succeed('link', name, { netns: pair.near });
    });
  }

  test('goes with its process', () => {
    using pair = makeNamespacePair();
    succeed('link', 'attachesAndExits', { netns: pair.near });
    succeed('link', 'hasNothingAttached', { netns: pair.near });
  });
});

describe('a pinned link', { skip: needs('bpf', 'netns', 'bpffs') }, () => {
  test('outlives its process, sees real packets, and is taken over by another', () => {
    using pair = makeNamespacePair();
    using directory = makePinDirectory();
    const args = [directory.path, String(PACKETS)];
    succeed('link', 'pins', { netns: pair.far, arguments: args });
    succeed('link', 'sends', { netns: pair.near, arguments: [String(PACKETS)] });
    succeed('link', 'hasTallied', { netns: pair.far, arguments: args });
    succeed('link', 'takesOverAPin', { netns: pair.far, arguments: args });
  });
});
