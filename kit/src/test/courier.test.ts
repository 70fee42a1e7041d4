import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { concat, hex, tag, utf8, type Bytes } from "../core/bytes.ts";
import { packs, shards, split } from "../core/courier.ts";
import { extend, valueAt } from "../core/erasure.ts";
import { openBase, XWingSecret } from "../core/hpke.ts";
import { CELL, CELLS, CHUNK, DRIVE_FILE, PAYLOAD } from "../core/sizes.ts";
import { join, joinSet } from "./desk.ts";
import { file, flipped, json, pace, random, unhex } from "./given.ts";

const desk = { id: random(32), importKey: new XWingSecret(random(32)) };
const to = { desk: desk.id, key: desk.importKey.public };
const parcel = (payloads: number, chunks: number) => ({
  payloads: Array.from({ length: payloads }, () => random(PAYLOAD)),
  chunks: Array.from({ length: chunks }, () => random(CHUNK)),
});
const digest = (parts: Bytes[]) => parts.map((b) => hex(b.subarray(0, 32))).sort();
const drives = (p: ReturnType<typeof parcel>, k: number, n: number) => split(to, p, k, n, random, pace, () => undefined);

suite("any k of n", () => {
  test("values at k points give all others", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 16 }), fc.integer({ min: 0, max: 14 }), fc.nat(), (k, more, seed) => {
        const n = Math.min(k + more, 16);
        const all = extend(Array.from({ length: k }, () => random(8)), n);
        const chosen = all.map((bytes, point) => ({ point, bytes })).sort((a, b) => ((a.point * 7 + seed) % 17) - ((b.point * 7 + seed) % 17)).slice(0, k);
        for (let point = 0; point < n; point++) assert.deepEqual(valueAt(point, chosen), all[point]);
      }),
    );
  });
  test("fewer than k fit every key alike", () => {
    const shares = extend([random(32), random(32), random(32)], 6).slice(1);
    const two = [1, 3].map((point) => ({ point, bytes: shares[point - 1] }));
    for (let n = 0; n < 4; n++) {
      const key = random(32); // with any key for the third point there is a polynomial through all
      const whole = [...two, { point: 0, bytes: key }];
      assert.deepEqual(valueAt(0, whole), key);
      assert.deepEqual(valueAt(1, whole), shares[0]);
    }
  });
  for (const [k, n, payloads, chunks] of [[2, 3, 5, 0], [2, 2, 3, 2], [3, 5, 1, 4], [16, 16, 2, 3]] as const) {
    test(`${k} of ${n} drive files give back ${payloads} payloads and ${chunks} chunks`, async () => {
      const p = parcel(payloads, chunks);
      const files = await drives(p, k, n);
      assert.ok(files.length === n && files.every((f) => f.length === DRIVE_FILE));
      const back = join(desk, files.slice(n - k));
      assert.deepEqual([digest(back.payloads), digest(back.chunks), back.missing], [digest(p.payloads), digest(p.chunks), 0]);
      const few = join(desk, files.slice(0, k - 1));
      assert.deepEqual([few.payloads.length + few.chunks.length, few.missing], [0, 1]);
    });
  }
  test("what does not fit into one file a drive is refused before any work", () => {
    assert.throws(() => packs(parcel(0, CELLS + 1), 2), { code: "room" });
    assert.equal(packs(parcel(0, CELLS), 2).length, CELLS);
  });
  test("numbers that cannot be are refused", async () => {
    for (const [k, n] of [[1, 2], [3, 2], [2, 17], [2.5, 3]] as const) await assert.rejects(drives(parcel(1, 0), k, n), { code: "range" });
  });
  test("no two cells are alike, and each is sealed", async () => {
    const [drive] = await drives(parcel(1, 0), 2, 2);
    const cells = Array.from({ length: CELLS }, (_, i) => drive.subarray(i * CELL, (i + 1) * CELL));
    assert.equal(new Set(cells.map((c) => hex(c.subarray(0, 64)))).size, CELLS);
    const info = concat(tag("hs1-shard"), desk.id);
    const versions = cells.map((c) => openBase(desk.importKey, info, c)![0]);
    assert.deepEqual([versions.filter((v) => v === 1).length, versions.filter((v) => v === 0).length], [1, 15]);
    assert.equal(openBase(desk.importKey, info, flipped(cells[0], 2000)), undefined);
  });
});

suite("cells of an implementation before ours", () => {
  const v = json("courier/testdata/shard.json");
  const importKey = new XWingSecret(unhex(v.shard.import_seed));
  const nr = unhex(v.desk.nr);
  const cells = v.shard.files.map((name: string) => openBase(importKey, concat(tag("hs1-shard"), nr), file("courier/testdata/" + name))!);
  test("any two of three join", () => {
    for (const [a, b] of [[0, 1], [0, 2], [1, 2]]) assert.deepEqual(joinSet(nr, [cells[a], cells[b]]), utf8(v.shard.pack));
  });
  test("are of the same form as ours", () => {
    const ours = shards(nr, utf8(v.shard.pack), v.shard.k, v.shard.n, random);
    assert.deepEqual(ours.map((c) => [c.length, c[0], c[1], c[2], c[3]]), cells.map((c: Bytes) => [c.length, c[0], c[1], c[2], c[3]]));
    assert.deepEqual(joinSet(nr, [ours[2], ours[1]]), utf8(v.shard.pack));
  });
});
