/** Run inside a network namespace, on its interface `veth`. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import {
  BpfLink,
  BpfMap,
  interfaceIndex,
  queryXdp,
  TEST_RUN_XDP_LIVE_FRAMES,
  type XdpMode,
} from 'bpf-loader-native';
import { throwsBpfError, throwsClosed, throwsRange, throwsType } from '../support/expect.ts';
import { loadKit, readU32, u32 } from '../support/kit.ts';
import { collectUntilHeld, heldByProcess } from '../support/resources.ts';
import { main } from '../support/scenario.ts';

const nothing = { nativeId: 0, genericId: 0, offloadedId: 0 };
const veth = interfaceIndex('veth');
assert(veth > 0, 'there is no veth here');
const object = loadKit();
const pass = object.program('pass');
const drop = object.program('drop');

await main({
  attachesAndDetaches() {
    const modes: [XdpMode, 'nativeId' | 'genericId'][] = [
      ['native', 'nativeId'],
      ['generic', 'genericId'],
    ];
    for (const [mode, field] of modes) {
      const link = BpfLink.attachXdp(pass, veth, mode);
      const { id, ...info } = link.info();
      assert(id > 0);
      assert.deepEqual(info, { programId: pass.id, ifindex: veth });
      assert.deepEqual(queryXdp(veth), { ...nothing, [field]: pass.id });
      link.close();
      assert.deepEqual(queryXdp(veth), nothing);
    }
  },

  refusesASecond() {
    const link = BpfLink.attachXdp(pass, veth, 'native');
    for (const mode of ['native', 'generic'] as const) {
      throwsBpfError(
        () => BpfLink.attachXdp(drop, veth, mode),
        mode === 'native' ? 'EBUSY' : 'EEXIST',
        'bpf_link_create',
      );
    }
    assert.equal(queryXdp(veth).nativeId, pass.id);
    link.close();
    BpfLink.attachXdp(drop, veth, 'native').close();
  },

  updates() {
    const link = BpfLink.attachXdp(pass, veth, 'native');
    link.update(drop);
    assert.equal(link.info().programId, drop.id);
    assert.equal(queryXdp(veth).nativeId, drop.id);
    throwsBpfError(() => link.update(pass, pass), 'EPERM', 'bpf_link_update');
    assert.equal(queryXdp(veth).nativeId, drop.id);
    link.update(pass, drop);
    assert.equal(queryXdp(veth).nativeId, pass.id);
    link.close();
  },

  detaches() {
    const link = BpfLink.attachXdp(pass, veth, 'native');
    link.detach();
    assert.deepEqual(queryXdp(veth), nothing);
    assert.equal(link.info().ifindex, 0);
    link.close();
  },

  checksArguments() {
    throwsType(
      () => BpfLink.attachXdp(object.map('hash') as never, veth, 'native'),
      'program must be a BpfProgram',
    );
    throwsType(
      () => BpfLink.attachXdp(pass, veth, 'auto' as never),
      "mode must be 'native' or 'generic', not 'auto'",
    );
    throwsRange(() => BpfLink.attachXdp(pass, 0, 'native'), /^ifindex: expected an integer from 1/);
    throwsRange(() => BpfLink.attachXdp(pass, 2 ** 31, 'native'), /^ifindex: expected an integer from 1/);
    throwsBpfError(() => BpfLink.attachXdp(pass, 0x7fff_ffff, 'native'), 'EINVAL', 'bpf_link_create');
    const link = BpfLink.attachXdp(pass, veth, 'native');
    throwsType(() => link.update({} as never), 'program must be a BpfProgram');
    throwsType(() => link.update(pass, link as never), 'expected must be a BpfProgram');
    assert.equal(queryXdp(veth).nativeId, pass.id);
    link.close();
  },

  worksNoMoreAfterClose() {
    const gone = object.program('pass');
    gone.close();
    throwsClosed(() => BpfLink.attachXdp(gone, veth, 'native'), 'BpfProgram.attachXdp');
    const link = BpfLink.attachXdp(pass, veth, 'native');
    throwsClosed(() => link.update(gone), 'BpfProgram.update');
    link.close();
    link.close();
    throwsClosed(() => link.info(), 'BpfLink.info');
    throwsClosed(() => link.update(pass), 'BpfLink.update');
    throwsClosed(() => link.detach(), 'BpfLink.detach');
    throwsClosed(() => link.pin('/sys/fs/bpf/never'), 'BpfLink.pin');
  },

  noticesThatTheInterfaceHasGone() {
    const link = BpfLink.attachXdp(pass, veth, 'native');
    execFileSync('ip', ['link', 'delete', 'veth']);
    assert.deepEqual({ ...link.info(), id: 0 }, { id: 0, programId: pass.id, ifindex: 0 });
    throwsBpfError(() => link.update(drop), 'ENOLINK', 'bpf_link_update');
    throwsBpfError(() => queryXdp(veth), 'ENODEV', 'if_indextoname');
    link.close();
  },

  async detachesWhenCollected() {
    const before = heldByProcess();
    BpfLink.attachXdp(pass, veth, 'native');
    assert.equal(queryXdp(veth).nativeId, pass.id);
    await collectUntilHeld(before);
    assert.deepEqual(queryXdp(veth), nothing);
  },

  attachesAndExits() {
    BpfLink.attachXdp(pass, veth, 'native');
    process.exit(0);
  },

  hasNothingAttached() {
    assert.deepEqual(queryXdp(veth), nothing);
  },

  pins(directory) {
    const link = BpfLink.attachXdp(object.program('tally'), veth, 'native');
    link.pin(join(directory!, 'link'));
    object.map('shared_array').pin(join(directory!, 'tally'));
    throwsBpfError(() => BpfLink.openPinned(join(directory!, 'tally')), 'EINVAL', 'bpf_obj_get');
    link.close();
    assert(queryXdp(veth).nativeId > 0, 'the pin holds it');
  },

  /** Packets go out of this end, and XDP at the other end takes them. */
  sends(packets) {
    const link = BpfLink.attachXdp(pass, veth, 'native'); // Without a program veth sends no XDP frames.
    const data = new Uint8Array(64).fill(0xff, 0, 6);
    const context = u32(0, data.length, 0, veth, 0, 0);
    object
      .program('send')
      .testRun({ data, context, flags: TEST_RUN_XDP_LIVE_FRAMES, repeat: Number(packets) });
    link.close();
  },

  hasTallied(directory, packets) {
    const tally = BpfMap.openPinned(join(directory!, 'tally'));
    const deadline = Date.now() + 10_000;
    const counted = () => readU32(tally.get(u32(0))!);
    while (counted() < Number(packets))
      assert(Date.now() < deadline, `${counted()} of ${packets} packets came`);
  },

  takesOverAPin(directory) {
    const link = BpfLink.openPinned(join(directory!, 'link'));
    assert.equal(link.info().ifindex, veth);
    link.update(drop);
    assert.equal(queryXdp(veth).nativeId, drop.id);
    link.detach();
    assert.deepEqual(queryXdp(veth), nothing);
  },
});
