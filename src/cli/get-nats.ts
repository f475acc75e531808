import { getServer } from '../bus/server-binary.ts';
import { Refusal } from '../core/diagnostic.ts';
import { renderRefusal } from './fail.ts';

/** `npm run nats:get`: makes sure that there is a nats-server for tests and demos, and says which. */
try {
  const { path, origin } = getServer(process.env, (line) => process.stderr.write(`${line}\n`));
  console.log(`nats-server: ${path} (${origin})`);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${renderRefusal(error)}\n`);
  process.exitCode = error.exit;
}
