import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nkeys } from '@nats-io/transport-node';

/**
 * `node --import tsx src/cli/nats-keys.ts [folder]`: a key pair for each user of config/nats-server.conf. Seeds go to `<user>.nk`, which
 * only their owner can read; `nats-keys.conf` holds the public halves. What is there already is kept.
 */
const USERS = ['feed', 'engine', 'viewer'] as const;

const folder = resolve(process.argv[2] ?? 'config/keys');
const list = join(folder, 'nats-keys.conf');
if (existsSync(list)) {
  console.error(`${list} is there already; remove it to make new keys`);
  process.exitCode = 7;
} else {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const lines = USERS.map((user) => {
    const pair = nkeys.createUser();
    writeFileSync(join(folder, `${user}.nk`), `${new TextDecoder().decode(pair.getSeed())}\n`, { mode: 0o600 });
    return `${user.toUpperCase()}: ${pair.getPublicKey()}`;
  });
  writeFileSync(list, `# Public halves of the users' nkeys; the seeds are beside this file.\n${lines.join('\n')}\n`);
  console.log(`keys of ${USERS.join(', ')} are in ${folder}`);
}
