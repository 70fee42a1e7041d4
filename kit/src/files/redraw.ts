// Drawing a picture anew in a worker. Browsers that guard against recognition,
// Tor Browser first, give false pixels away; that is found out before anything
// is drawn, since a report of noise would be worse than one that is larger.

/** Redraw of prepare.ts, on an OffscreenCanvas. */
export async function redraw(picture: Uint8Array, longSide: number, quality: number): Promise<Uint8Array | undefined> {
  if (!truthful()) return undefined;
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([picture as Uint8Array<ArrayBuffer>]), { imageOrientation: "from-image" });
  } catch {
    return undefined; // not a picture that this browser knows
  }
  try {
    const scale = Math.min(1, longSide / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
    const pen = canvas.getContext("2d", { alpha: false });
    if (!pen) return undefined;
    pen.fillStyle = "#fff"; // what was transparent would be black
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
    return new Uint8Array(await blob.arrayBuffer());
  } finally {
    bitmap.close();
  }
}

let known: boolean | undefined;

/** Whether a canvas gives back what was drawn on it. */
function truthful(): boolean {
  known ??= test();
  return known;
}

function test(): boolean {
  if (typeof OffscreenCanvas === "undefined" || typeof createImageBitmap === "undefined") return false;
  const side = 16;
  const pen = new OffscreenCanvas(side, side).getContext("2d", { alpha: false });
  if (!pen) return false;
  const drawn = pen.createImageData(side, side);
  for (let i = 0; i < drawn.data.length; i++) drawn.data[i] = i % 4 === 3 ? 255 : (i * 89) & 255;
  pen.putImageData(drawn, 0, 0);
  const seen = pen.getImageData(0, 0, side, side);
  return drawn.data.every((v, i) => v === seen.data[i]);
}
