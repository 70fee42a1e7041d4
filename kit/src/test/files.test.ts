import assert from "node:assert/strict";
import { describe, test } from "node:test";
import exifr from "exifr";
import fc from "fast-check";
import { type Reason, Refused } from "../files/findings.ts";
import { cleanJPEG, join } from "../files/jpeg.ts";
import { cleanPDF } from "../files/pdf.ts";
import { cleanPNG } from "../files/png.ts";
import { type Redraw, classes, prepare } from "../files/prepare.ts";

// A gradient of 16 by 8 pixels, as Go's encoders write it.
const jpeg = Buffer.from("/9j/2wCEABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXwBFRcXHhoeOyEhO3xTRlN8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fP/AABEIAAgAEAMBIgACEQEDEQH/xAGiAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgsQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+gEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoLEQACAQIEBAMEBwUEBAABAncAAQIDEQQFITEGEkFRB2FxEyIygQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZGiYnKCkqNTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqCg4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2dri4+Tl5ufo6ery8/T19vf4+fr/2gAMAwEAAhEDEQA/AKUOkf7NaEOkf7NW4e1X4e1Y1MRM58Fiqmmp/9k=", "base64");
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAABAAAAAICAIAAAB/FOjAAAAAH0lEQVR4nGJhYKgQYGAgHrEwKDCQBEY1EAMAAQAA///VXgJpyqSZnwAAAABJRU5ErkJggg==", "base64");

const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const has = (b: Uint8Array, text: string): boolean => Buffer.from(b).includes(text, 0, "latin1");
const noPixels: Redraw = () => Promise.resolve(undefined);

function segment(marker: number, body: Uint8Array): Uint8Array {
  return join([Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255), body]);
}

/** A picture that tells where, when and with what it was taken. */
function telling(orientation = 6): Uint8Array {
  return join([
    jpeg.subarray(0, 2),
    segment(0xe1, join([latin("Exif\0\0"), tiff(orientation)])),
    segment(0xe1, latin("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' dc:creator='SECRET-XMP'/></rdf:RDF></x:xmpmeta>")),
    segment(0xe2, join([latin("ICC_PROFILE\0\x01\x01"), latin("SECRET-ICC")])),
    segment(0xed, latin("Photoshop 3.0\0SECRET-IPTC")),
    segment(0xfe, latin("SECRET-COMMENT")),
    segment(0xe0, latin("JFXX\0\x10SECRET-THUMBNAIL")),
    segment(0xe5, latin("SECRET-OTHER")),
    jpeg.subarray(2),
    latin("SECRET-TRAILING"),
  ]);
}

/** TIFF, big-endian: maker, orientation, and a place. */
function tiff(orientation: number): Uint8Array {
  const maker = "SECRET-MAKER\0";
  const directory = 8;
  const entries: [number, number, number, number[]][] = [
    [0x010f, 2, maker.length, u32(200)],
    [0x0112, 3, 1, [0, orientation, 0, 0]],
    [0x8825, 4, 1, u32(60)],
  ];
  const out = new Uint8Array(260);
  out.set(latin("MM\0*"), 0);
  out.set(u32(directory), 4);
  out.set([0, entries.length], directory);
  entries.forEach(([tag, type, count, value], i) => {
    out.set([tag >> 8, tag & 255, 0, type, ...u32(count), ...value], directory + 2 + 12 * i);
  });
  // GPS: 39 degrees north, 125 degrees east.
  out.set([0, 4, 0, 1, 0, 2, 0, 0, 0, 2, 0x4e, 0, 0, 0, 0, 2, 0, 5, 0, 0, 0, 3, ...u32(120)], 60);
  out.set([0, 3, 0, 2, 0, 0, 0, 2, 0x45, 0, 0, 0, 0, 4, 0, 5, 0, 0, 0, 3, ...u32(150)], 86);
  out.set([39, 1, 0, 1, 0, 1].flatMap((n) => u32(n)), 120);
  out.set([125, 1, 0, 1, 0, 1].flatMap((n) => u32(n)), 150);
  out.set(latin(maker), 200);
  return out;
}

function u32(n: number): number[] {
  return [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
}

function refuses(reason: Reason, act: () => unknown): void {
  assert.throws(act, (e) => e instanceof Refused && e.reason === reason, `not refused as ${reason}`);
}

describe("a JPEG", () => {
  test("loses every detail, and somebody else's reader finds none", async () => {
    const before = (await exifr.parse(Buffer.from(telling()), true)) as Record<string, unknown>;
    assert.equal(before.Make, "SECRET-MAKER");
    assert.equal(before.latitude, 39);
    const { bytes, removed } = cleanJPEG(telling(), false);
    assert.equal(await exifr.parse(Buffer.from(bytes), true), undefined);
    assert.ok(!has(bytes, "SECRET"));
    assert.deepEqual([...removed].sort(), ["comment", "exif", "icc", "iptc", "other", "thumbnail", "trailing", "xmp"]);
  });

  test("keeps the one number that says how it is turned", async () => {
    const { bytes } = cleanJPEG(telling(6));
    assert.deepEqual(await exifr.parse(Buffer.from(bytes), { translateValues: false }), { Orientation: 6 });
    assert.ok(!has(bytes, "SECRET"));
  });

  test("keeps its pixels to the byte", () => {
    const scan = jpeg.indexOf(Buffer.of(0xff, 0xda));
    assert.ok(has(cleanJPEG(telling()).bytes, jpeg.subarray(scan).toString("latin1")));
  });

  test("that is clean stays as it is", () => {
    const once = cleanJPEG(jpeg).bytes;
    assert.deepEqual(cleanJPEG(once), { bytes: once, removed: [] });
  });

  test("that breaks off anywhere is refused", () => {
    for (let n = 0; n < jpeg.length; n++) refuses("damaged", () => cleanJPEG(jpeg.subarray(0, n)));
  });

  test("of any bytes is cleaned or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(jpeg.length), (noise, place) => {
        const b = join([jpeg.subarray(0, place), noise, jpeg.subarray(place)]);
        try {
          const { bytes } = cleanJPEG(b);
          assert.deepEqual(cleanJPEG(bytes).bytes, bytes);
        } catch (e) {
          assert.ok(e instanceof Refused);
        }
      }),
    );
  });
});

describe("a PNG", () => {
  const crcOf = (b: Uint8Array): number[] => {
    let c = 0xffffffff;
    for (const v of b) {
      c ^= v;
      for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    }
    return u32((c ^ 0xffffffff) >>> 0);
  };
  const chunk = (name: string, body: Uint8Array): Uint8Array => {
    const named = join([latin(name), body]);
    return join([Uint8Array.from(u32(body.length)), named, Uint8Array.from(crcOf(named))]);
  };
  const header = 8 + 25;
  const withDetails = join([
    png.subarray(0, header),
    chunk("eXIf", tiff(1)),
    chunk("iCCP", latin("SECRET-ICC\0\0x")),
    chunk("tEXt", latin("Author\0SECRET-TEXT")),
    chunk("iTXt", latin("XML:com.adobe.xmp\0\0\0\0\0SECRET-XMP")),
    chunk("tIME", Uint8Array.of(7, 228, 2, 4, 1, 2, 3)),
    chunk("acTL", new Uint8Array(8)),
    chunk("prVt", latin("SECRET-PRIVATE")),
    png.subarray(header),
    latin("SECRET-TRAILING"),
  ]);

  test("loses every detail, and somebody else's reader finds none", async () => {
    const before = (await exifr.parse(Buffer.from(withDetails), true)) as Record<string, unknown>;
    assert.equal(before.Make, "SECRET-MAKER");
    const { bytes, removed } = cleanPNG(withDetails);
    assert.deepEqual(Buffer.from(bytes), png);
    assert.deepEqual([...removed].sort(), ["exif", "frames", "icc", "other", "text", "time", "trailing"]);
  });

  test("that breaks off, or of which a byte is wrong, is refused", () => {
    for (let n = 0; n < png.length; n++) refuses("damaged", () => cleanPNG(png.subarray(0, n)));
    for (let n = 8; n < png.length; n++) {
      const b = Uint8Array.from(png);
      b[n] = (b[n] ?? 0) ^ 1;
      refuses("damaged", () => cleanPNG(b));
    }
  });
});

describe("a PDF", () => {
  const pdf = (info: string, more = "", trailer = ""): Uint8Array =>
    latin(
      "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Metadata 5 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n" +
        `3 0 obj\n<< ${info} >>\nendobj\n` +
        "5 0 obj\n<< /Type /Metadata /Subtype /XML /Length 12 >>\nstream\nSECRET-XMPPP\nendstream\nendobj\n" +
        more +
        `xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R /Info 3 0 R /Size 6 ${trailer} >>\nstartxref\n9\n%%EOF\n`,
    );

  test("loses author, program, times and numbers, and no offset moves", () => {
    const before = pdf("/Author (SECRET \\) (A\\(B\\) ) X) /Producer <FEFF00530045> /CreationDate (D:20200204)", "", "/ID [<53454352> <53454352>]");
    const { bytes, removed } = cleanPDF(before);
    assert.ok(!has(bytes, "SECRET") && !has(bytes, "20200204") && !has(bytes, "FEFF") && !has(bytes, "53454352"));
    assert.equal(bytes.length, before.length - 1); // the line end after the last word
    for (const word of ["/Author (", "/CreationDate (", "endstream", "xref", "%%EOF"]) {
      assert.equal(Buffer.from(bytes).indexOf(word), Buffer.from(before).indexOf(word), word);
    }
    assert.deepEqual([...removed].sort(), ["info", "xmp"]);
  });

  test("loses names, times and paths wherever a program put them", () => {
    const { bytes } = cleanPDF(pdf(
      "/Author 8 0 R /Title (x)",
      "%%Invocation: gs -sOutputFile=/home/SECRET/out.pdf\n8 0 obj (SECRET) endobj\n9 0 obj <534543524554> endobj\n" +
        "10 0 obj << /PTEX.FileName (/home/SECRET/a.pdf) /Subtype /Link /NM (SECRET) /M (D:2020) /Contents (SECRET) >> endobj % SECRET\n" +
        "11 0 obj << /Registry (Adobe) /Ordering (Identity) /URI (http://a.example/b%20c) /CS [/Indexed /DeviceRGB 1 <00ff00ff00ff>] >> endobj\n",
    ));
    for (const word of ["SECRET", "534543524554", "2020"]) assert.ok(!has(bytes, word), word);
    for (const word of ["%PDF-1.4", "(Adobe)", "(Identity)", "(http://a.example/b%20c)", "<00ff00ff00ff>", "endobj", "%%EOF"]) assert.ok(has(bytes, word), word);
  });

  test("what follows its end goes", () => {
    const { bytes, removed } = cleanPDF(join([pdf("/Author (x)"), latin("SECRET")]));
    assert.ok(!has(bytes, "SECRET"));
    assert.ok(removed.includes("trailing"));
  });

  test("loses the details of the photographs in it", () => {
    const photo = telling().subarray(0, -"SECRET-TRAILING".length);
    const text = Buffer.from(photo).toString("latin1");
    const b = pdf("/Author (x)", `6 0 obj\n<< /Subtype /Image /Filter /DCTDecode /Length ${photo.length} >>\nstream\n${text}\nendstream\nendobj\n`);
    const { bytes } = cleanPDF(b);
    for (const word of ["SECRET-MAKER", "SECRET-XMP", "SECRET-ICC", "SECRET-IPTC", "SECRET-COMMENT", "SECRET-THUMBNAIL", "SECRET-OTHER"]) assert.ok(!has(bytes, word), word);
    assert.ok(has(bytes, jpeg.subarray(jpeg.indexOf(Buffer.of(0xff, 0xda))).toString("latin1")));
  });

  const refused: [string, Reason, string, string][] = [
    ["is locked", "encrypted", "", "/Encrypt 9 0 R"],
    ["has a script", "active", "7 0 obj\n<< /S /JavaScript /JS (x) >>\nendobj\n", ""],
    ["starts a program", "active", "7 0 obj\n<< /S /Launch >>\nendobj\n", ""],
    ["has a file inside", "attached", "7 0 obj\n<< /Names << /EmbeddedFiles 8 0 R >> >>\nendobj\n", ""],
    ["has a form", "attached", "7 0 obj\n<< /AcroForm 8 0 R >>\nendobj\n", ""],
    ["has notes with names", "attached", "7 0 obj\n<< /Subtype /Highlight /T (SECRET) >>\nendobj\n", ""],
    ["packs its objects", "hidden", "7 0 obj\n<< /Type /ObjStm /Length 1 >>\nstream\nx\nendstream\nendobj\n", ""],
    ["packs its metadata", "hidden", "7 0 obj\n<< /Type /Metadata /Filter /FlateDecode /Length 1 >>\nstream\nx\nendstream\nendobj\n", ""],
    ["keeps a program's own data", "hidden", "7 0 obj\n<< /PieceInfo 8 0 R >>\nendobj\n", ""],
    ["has layers, of which some may not show", "hidden", "7 0 obj\n<< /OCProperties 8 0 R >>\nendobj\n", ""],
    ["keeps a small picture of a page", "hidden", "7 0 obj\n<< /Thumb 8 0 R >>\nendobj\n", ""],
    ["spells a name so that it is not seen", "hidden", "7 0 obj\n<< /S /Java#53cript >>\nendobj\n", ""],
    ["holds a picture that cannot be read", "picture", "7 0 obj\n<< /Filter /JPXDecode /Length 1 >>\nstream\nx\nendstream\nendobj\n", ""],
    ["keeps earlier forms of itself", "versions", "%%EOF\n", ""],
    ["breaks off in a stream", "damaged", "7 0 obj\n<< >>\nstream\nx", ""],
  ];
  for (const [what, reason, more, trailer] of refused) {
    test(`that ${what} is refused`, () => refuses(reason, () => cleanPDF(pdf("/Author (x)", more, trailer))));
  }
});

describe("a file to be sealed", () => {
  test("is known by its bytes and gets a name that says nothing", async () => {
    assert.equal((await prepare(telling(), 1, noPixels)).name, "photo-1.jpg");
    assert.equal((await prepare(png, 2, noPixels)).name, "photo-2.png");
    assert.equal((await prepare(new TextEncoder().encode("쌀 한 되"), 3, noPixels)).name, "text-3.txt");
  });

  test("loses what nobody sees in a text", async () => {
    const marked = new TextEncoder().encode("\ufeffone\u200b two\u2063\r\nmi\u200cx\u{e0041}\u{100000}\x1b\n");
    const { bytes, removed } = await prepare(marked, 1, async () => undefined);
    assert.equal(new TextDecoder().decode(bytes), "one two\nmi\u200cx\n");
    assert.deepEqual(removed, ["other"]);
    await assert.rejects(prepare(new TextEncoder().encode(" \u200b\n"), 1, async () => undefined), { reason: "empty" });
  });

  test("is drawn anew where the browser gives true pixels away, without what its encoder adds", async () => {
    const asked: [number, number][] = [];
    const draw: Redraw = (_, side, quality) => {
      asked.push([side, quality]);
      return Promise.resolve(telling());
    };
    const p = await prepare(telling(), 1, draw);
    assert.ok(p.redrawn && !has(p.bytes, "SECRET"));
    assert.deepEqual(asked, [[2048, 0.8]]);
  });

  test("is drawn smaller until it fits into four chunks", async () => {
    const sides: number[] = [];
    const draw: Redraw = (_, side) => {
      sides.push(side);
      const filler = segment(0xdb, new Uint8Array(60000));
      return Promise.resolve(join([jpeg.subarray(0, 2), ...(side > 1300 ? Array<Uint8Array>(5).fill(filler) : []), jpeg.subarray(2)]));
    };
    const p = await prepare(telling(), 1, draw);
    assert.deepEqual(sides, [2048, 1600, 1280]);
    assert.ok(p.bytes.length <= (classes[1] ?? 0));
  });

  const never: [string, Uint8Array, Reason][] = [
    ["nothing", new Uint8Array(0), "empty"],
    ["a film", join([latin("\0\0\0\x18ftypmp42"), new Uint8Array(40)]), "kind"],
    ["an office document", join([latin("PK\x03\x04"), new Uint8Array(40)]), "kind"],
    ["a text that is too long", new Uint8Array(64 * 65488 + 1).fill(0x61), "large"],
    ["a picture of a billion pixels", bomb(), "large"],
  ];
  for (const [what, b, reason] of never) {
    test(`${what} is refused as ${reason}`, async () => {
      await assert.rejects(prepare(b, 1, noPixels), (e) => e instanceof Refused && e.reason === reason);
    });
  }
});

/** A JPEG whose frame says 65,535 by 65,535. */
function bomb(): Uint8Array {
  const b = Uint8Array.from(jpeg);
  const frame = Buffer.from(b).indexOf(Buffer.of(0xff, 0xc0));
  b.set([255, 255, 255, 255], frame + 5);
  return b;
}
