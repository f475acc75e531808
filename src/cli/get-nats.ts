import { getServer } from '../bus/server-binary.ts';
import { Refusal } from '../core/diagnostic.ts';
import { renderRefusal } from './fail.ts';

/**
 * `npm run nats:get`: makes sure that there is a nats-server for tests and demos, and says which. Standard output is the path and nothing
 * else, so that `"$(npm run --silent nats:get)" -js` starts it.
 */
const say = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  const { path, origin } = getServer(process.env, say);
  if (process.stdout.isTTY) say(`nats-server (${origin}); to start it: "$(npm run --silent nats:get)" -js -a 127.0.0.1`);
  console.log(path);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  say(renderRefusal(error));
  process.exitCode = error.exit;
}
