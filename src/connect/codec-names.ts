/** What a message may be made of. */
export const CODECS = ['json', 'arrow', 'compact'] as const;
export type Codec = (typeof CODECS)[number];

export const isCodec = (name: unknown): name is Codec => (CODECS as readonly unknown[]).includes(name);
