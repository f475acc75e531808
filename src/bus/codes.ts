/** Codes of the connection to a NATS server and of what is kept there: E76x stop a run, W76x are said and stop nothing. */
export const BUS_CODES: Readonly<Record<string, { readonly title: string; readonly doc: string }>> = Object.freeze({
  E760: {
    title: 'no nats-server to start',
    doc: 'Tests, demos and `millrace doctor` start a server of their own. It is looked for in NATS_SERVER_BIN, on PATH, and where '
      + '`npm run nats:get` puts it.',
  },
  E761: {
    title: 'another writer',
    doc: 'Somebody else has appended to the output log of this run. Of two workers of one partition the older is fenced off and stops; '
      + 'no output of it became visible.',
  },
  E762: {
    title: 'the source log has a hole or was cut',
    doc: 'Messages between the last one worked on and the oldest one kept are gone. `on_gap: continue` goes on and marks the gap.',
  },
  E763: {
    title: 'the source log is another one than before',
    doc: 'The log was made anew, or holds other messages at the same sequences, since the checkpoint was written.',
  },
  E764: {
    title: 'another owner has written a checkpoint',
    doc: 'The checkpoint that this run was about to replace is not its own: another worker has taken the partition over.',
  },
  E765: {
    title: 'no connection to the NATS server',
    doc: 'Nobody answers at the address, the name is unknown, or the handshake failed. `millrace doctor --bus URL` says how far it gets.',
  },
  E766: {
    title: 'the server lacks a feature',
    doc: 'Older servers accept options they do not know and drop them without a word. What was asked for is compared with what the '
      + 'server says it has made, and a difference is refused by name.',
  },
  E767: {
    title: 'the server refuses a user or a subject',
    doc: 'The credentials are unknown, or the user may not publish to, or subscribe to, the subject. Rights are given by subject in the '
      + 'server\'s configuration; config/nats-server.conf is an example.',
  },
  E768: {
    title: 'credentials are not safe, or not usable',
    doc: 'Secrets come from files that only their owner can read, or from the environment, never from a URL or a flag.',
  },
  E769: {
    title: 'a message cannot be published',
    doc: 'It is larger than the server takes (`max_payload`), or its subject is too long or reserved. It is left out and counted.',
  },
  W765: {
    title: 'a stream differs from what the pipeline asks for',
    doc: 'A stream that exists is never changed. What differs and matters is said; `nats stream edit` changes it.',
  },
  W766: {
    title: 'messages were lost',
    doc: 'Core NATS keeps nothing: a subscriber that is slow or cut off loses what was published meanwhile. A durable source reads a '
      + 'stream and loses nothing.',
  },
  W767: {
    title: 'the connection changed',
    doc: 'The link to the server broke and came back, or the server said something about it. The client reconnects by itself, for ever.',
  },
});
