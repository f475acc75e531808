/** What the reference says of the codecs, complete enough to write a producer in another language. */
export const CODECS_DOC = [
  '`json`: an object a row, or a list of them; `{"heartbeat": time}` moves event time without a row.',
  '',
  '`arrow`: one Arrow IPC stream a message (schema, dictionaries, record batches), uncompressed, of plain columns: `ts` timestamp[us, '
  + 'UTC], `symbol` utf8 or a dictionary, then the columns. A row without a symbol and without any value is a heartbeat.',
  '',
  '`compact`: a fixed layout made for speed, little-endian. Sections follow one another, each filled up with zeros to a multiple of 8 '
  + 'bytes:',
  '',
  '```text',
  'header      "MRCB", u8 version = 1, u8 bytes of an index = 2 or 4, u16 0, u64 hash,',
  '            u32 rows, u32 symbols (at most as many as rows), u32 bytes of their texts, u32 0',
  'ts          f64 x rows, microseconds since 1970, whole',
  'index       u16 or u32 x rows: number of the symbol from 0; all bits set for a heartbeat',
  'symbols     u32 x symbols: length of each; then the texts, UTF-8',
  'columns     in the order of the schema, a section each:',
  '  f64 i64 time duration   f64 x rows, NaN for null',
  '  bool, words             u8 x rows: 0, 1, ... in order; 255 for null (more than 254 words: as f64)',
  '  text                    i32 x rows: length, -1 for null; then the texts, UTF-8',
  '```',
  '',
  'With no symbols at all every index is 0 and the rows are of the symbol that the subject names. The hash is FNV-1a of 64 bits of names '
  + 'and types, for a trade `ts:time,symbol:text,price:f64,size:f64,side:sell|buy`: 8f3cb634a1a1332f. A trade of A at 2^41, 1.5 x 3, buy; '
  + 'another at 2^41 + 2^37, 2.5 x 4; a heartbeat at 2^42:',
  '',
  '```text',
  '4d524342 01 02 0000 2f33a1a134b63c8f 03000000 01000000 01000000 00000000',
  '0000000000008042 0000000000008142 0000000000009042 0000 0000 ffff 0000 01000000 41 000000',
  '000000000000f83f 0000000000000440 000000000000f87f',
  '0000000000000840 0000000000001040 000000000000f87f 01 ff ff 0000000000',
  '```',
].join('\n');
