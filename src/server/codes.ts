/** Codes of a live run as seen from outside: its metrics, its health, its status and its taps. */
export const SERVER_CODES: Readonly<Record<string, { readonly title: string; readonly doc: string }>> = Object.freeze({
  E790: { title: 'an address that cannot be read', doc: '`--metrics` takes a port (`9464`), a host and a port (`127.0.0.1:9464`, '
    + '`[::1]:9464`), or `off`. Port 0 is any free one.' },
  E791: { title: 'the address is taken or not ours', doc: 'Another process listens there, or this machine has no such address, or the port '
    + 'needs rights that the process lacks. `--metrics 0` takes any free port and says which.' },
  E792: { title: 'open to the network without a token', doc: 'Metrics name pipelines, hosts and rates. On loopback anybody who can log in '
    + 'may read them; elsewhere a token is needed: `MILLRACE_METRICS_TOKEN` or `--metrics-token-file`.' },
  E793: { title: 'a token that cannot be used', doc: 'The token is too short to be safe, holds characters that no header may have, or its '
    + 'file is missing or open to other users. `openssl rand -hex 32` makes a good one; `chmod 600` keeps its file.' },
  E794: { title: 'no such engine there', doc: 'No running engine of that name has said that it is alive. Engines report every second on '
    + '`engine.status.<instance>` of the bus they run on: `millrace top` lists them.' },
  E795: { title: 'an engine refused the tap', doc: 'The request names no node of the pipeline, its condition does not fit the node, or a '
    + 'number is out of bounds. The message says which.' },
  E796: { title: 'too many taps',
    doc: 'An engine serves a few taps at a time, so that looking at it never slows it. End one of the others.' },
});
