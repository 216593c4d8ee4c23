// A page's JSON as it stands in a file: deflated, as base64. Browsers inflate by themselves.

/** @param {string} base64 */
export async function inflated(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}
