import fc from "fast-check";

const codePoint = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

/** Any well-formed text. (fast-check's own "binary" strings take seconds to set up.) */
export const anyText = fc.string({ unit: codePoint });
